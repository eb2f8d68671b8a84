import type { Block, ImageStats } from '../../../api/types.ts'
import { count, duration, share } from '../../../format/numbers.ts'
import { counted } from '../../../format/words.ts'
import { compared } from '../../../ui/data/compared.ts'
import { Figure, Figures } from '../../../ui/data/figure.tsx'

/** The most important numbers of a range, compared to the time before. */
export function Headline({ data: { totals, before } }: { data: ImageStats }) {
  const { counts, people, ctr, dwell } = totals
  const past = before?.totals
  return (
    <Figures>
      <Figure label="Views" value={count(counts.view)} compared={compared(counts.view, past?.counts.view)} />
      <Figure
        label="People"
        value={count(people.value)}
        compared={compared(people.value, past?.people.value)}
        note={errorOf(people)}
      />
      <Figure
        label="Time looked at, median"
        value={dwell ? duration(dwell.p50Ms) : '–'}
        compared={compared(dwell?.p50Ms, past?.dwell?.p50Ms, duration)}
        note={dwell ? `${duration(dwell.totalMs)} in all` : 'Not measured in this time'}
      />
      <Figure
        label="Click-through rate"
        value={ctr === null ? '–' : share(ctr)}
        compared={compared(ctr, past?.ctr, share)}
        note={`Smoothed, of ${counted(counts.impression, 'impression')}`}
      />
      <Figure label="Likes given" value={count(counts.like)} compared={compared(counts.like, past?.counts.like)} />
      <Figure
        label="Downloads"
        value={count(counts.download)}
        compared={compared(counts.download, past?.counts.download)}
      />
    </Figures>
  )
}

/** Says how exact the number of people is. */
function errorOf({ value, exact, error }: Block['people']): string {
  return exact ? 'Exact' : `± ${count(Math.round(value * error))}, estimated`
}
