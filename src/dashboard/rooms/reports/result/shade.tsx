import { share } from '../../../format/numbers.ts'
import styles from './shade.module.css'

/** A darker shade would not leave enough contrast to the number. */
const MAX_PERCENT = 40

/** A share with a shade: the larger, the darker. */
export function Shade({ value }: { value: unknown }) {
  if (typeof value !== 'number') return null
  const percent = Math.round(value * MAX_PERCENT)
  return (
    <span class={styles.shade} style={{ background: `color-mix(in oklch, var(--accent) ${percent}%, transparent)` }}>
      {share(value)}
    </span>
  )
}
