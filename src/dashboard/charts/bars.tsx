import type { ComponentChildren } from 'preact'
import { count } from '../format/numbers.ts'
import styles from './bars.module.css'

/** A bar with what stands beside it. */
export interface Bar {
  name: string
  /** Stands before the bar; the name by default. */
  label?: ComponentChildren
  value: number
}

interface BarsProps {
  /** Names the list for screen readers. */
  label: string
  bars: readonly Bar[]
  /** A colour token; the accent by default. */
  colour?: string
  format?: (value: number) => string
}

/** Numbers with bars from zero, of which the longest is the largest. */
export function Bars({ label, bars, colour = '--accent', format = count }: BarsProps) {
  const most = Math.max(...bars.map(({ value }) => value))
  return (
    <ul class={styles.bars} aria-label={label}>
      {bars.map(bar => (
        <li key={bar.name} class={styles.row}>
          <span class={styles.label} title={bar.name}>
            {bar.label ?? bar.name}
          </span>
          <span class={styles.track}>
            <span
              class={styles.bar}
              style={{ width: `${most > 0 ? (100 * bar.value) / most : 0}%`, background: `var(${colour})` }}
            />
          </span>
          <span class={styles.value}>{format(bar.value)}</span>
        </li>
      ))}
    </ul>
  )
}
