import type { Block } from '../../api/types.ts'
import { count, duration, share } from '../../format/numbers.ts'
import { compared } from '../../ui/data/compared.ts'
import { Figure, Figures } from '../../ui/data/figure.tsx'
import { Sparkline } from '../sparkline.tsx'
import { trendOf } from '../time-chart/trend.ts'

interface KeyFiguresProps {
  /** The numbers over time; undefined while they are read. */
  series: readonly Block[] | undefined
  /** Undefined while they are read. */
  totals: Block | undefined
  /** Those of the time before, where they are known. */
  before: Block | undefined
}

interface KeyFigure {
  label: string
  read(totals: Block): number | null | undefined
  format(value: number): string
  colour: string
}

const FIGURES: KeyFigure[] = [
  { label: 'Views', read: ({ counts }) => counts.view, format: count, colour: '--event-view' },
  { label: 'People', read: ({ people }) => people.value, format: count, colour: '--event-people' },
  { label: 'Impressions', read: ({ counts }) => counts.impression, format: count, colour: '--event-impression' },
  { label: 'Click-through rate', read: ({ ctr }) => ctr, format: share, colour: '--event-click' },
  { label: 'Likes', read: ({ counts }) => counts.like, format: count, colour: '--event-like' },
  { label: 'Median dwell time', read: ({ dwell }) => dwell?.p50Ms, format: duration, colour: '--event-dwell' },
]

/** The most important numbers of a range of time, each with the change since the time before. */
export function KeyFigures({ series = [], totals, before }: KeyFiguresProps) {
  return (
    <Figures>
      {FIGURES.map(({ label, read, format, colour }) => {
        const now = totals && read(totals)
        const change = compared(now, before && read(before), format)
        return (
          <Figure
            key={label}
            label={label === 'People' && totals ? `People${errorOf(totals.people)}` : label}
            shape={<Sparkline label={`${label} over time`} values={trendOf(series.map(read))} colour={colour} />}
            value={now == null ? '–' : format(now)}
            compared={change}
            // Keeps the room of the change while there is none.
            note={change ? undefined : totals ? 'Nothing to compare with' : '\u00a0'}
          />
        )
      })}
    </Figures>
  )
}

/** Says how far the number of people may be off, after the word; nothing when it is exact. */
function errorOf({ value, exact, error }: Block['people']): string {
  return exact ? '' : `, ± ${count(Math.round(value * error))}`
}
