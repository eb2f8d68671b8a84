import { count } from '../format/numbers.ts'
import { counted } from '../format/words.ts'
import styles from './histogram.module.css'

interface HistogramProps {
  /** Names the chart for screen readers. */
  label: string
  /** The columns in their order, as in the numbers of ratings of 1 to 5. */
  columns: readonly { name: string; value: number }[]
  /** A colour token. */
  colour: string
  /** What is counted, as in "rating". */
  word: string
}

/** Numbers as columns from zero beside each other. */
export function Histogram({ label, columns, colour, word }: HistogramProps) {
  const most = Math.max(1, ...columns.map(({ value }) => value))
  return (
    <ul class={styles.histogram} aria-label={label}>
      {columns.map(({ name, value }) => (
        <li key={name} class={styles.column} title={`${name}: ${counted(value, word)}`}>
          <span class={styles.value}>{count(value)}</span>
          <span class={styles.room}>
            <span class={styles.bar} style={{ height: `${(100 * value) / most}%`, background: `var(${colour})` }} />
          </span>
          <span class={styles.name}>{name}</span>
        </li>
      ))}
    </ul>
  )
}
