import type { Block } from '../../../api/types.ts'
import { countOf, EVENT_KINDS } from '../../../charts/event-types.ts'
import { Swatch } from '../../../charts/swatch.tsx'
import { PEOPLE_LINE } from '../../../charts/time-chart/line.ts'
import { shortCount } from '../../../format/numbers.ts'
import styles from './kind-choice.module.css'

interface KindChoiceProps {
  shown: string[]
  toggle(name: string): void
  totals: Block
}

/** Chooses the kinds of events that a chart shows, and says how many there were of each. */
export function KindChoice({ shown, toggle, totals }: KindChoiceProps) {
  const kinds = [
    ...EVENT_KINDS.map(kind => ({ ...kind, total: countOf(kind, totals.counts) })),
    { ...PEOPLE_LINE, total: totals.people.value },
  ]
  return (
    <ul class={styles.kinds} aria-label="Lines of the chart">
      {kinds.map(({ name, title, colour, total }) => (
        <li key={name}>
          <button type="button" class={styles.kind} aria-pressed={shown.includes(name)} onClick={() => toggle(name)}>
            <Swatch colour={colour} />
            {title} <span class={styles.total}>{shortCount(total)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
