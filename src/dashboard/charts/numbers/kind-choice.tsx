import type { Block } from '../../api/types.ts'
import { shortCount } from '../../format/numbers.ts'
import { countOf, EVENT_KINDS } from '../event-types.ts'
import { Swatch } from '../swatch.tsx'
import { PEOPLE_LINE } from '../time-chart/line.ts'
import styles from './kind-choice.module.css'

interface KindChoiceProps {
  shown: string[]
  toggle(name: string): void
  /** Undefined while they are read. */
  totals: Block | undefined
}

/** Chooses the kinds of events that a chart shows, and says how many there were of each. */
export function KindChoice({ shown, toggle, totals }: KindChoiceProps) {
  const kinds = [
    { ...PEOPLE_LINE, total: totals?.people.value },
    ...EVENT_KINDS.map(kind => ({ ...kind, total: totals && countOf(kind, totals.counts) })),
  ]
  return (
    <ul class={styles.kinds} aria-label="Lines of the chart">
      {kinds.map(({ name, title, colour, total }) => (
        <li key={name}>
          <button type="button" class={styles.kind} aria-pressed={shown.includes(name)} onClick={() => toggle(name)}>
            <Swatch colour={colour} />
            {title} <span class={styles.total}>{total === undefined ? '–' : shortCount(total)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
