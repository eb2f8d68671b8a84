import type { ComponentChildren } from 'preact'
import { change, count } from '../../format/numbers.ts'
import styles from './figure.module.css'

interface Compared {
  now: number
  before: number
  /** Writes the number before; as a whole number by default. */
  format?: (value: number) => string
}

interface FigureProps {
  label: string
  /** The number, formatted. */
  value: string
  /** What it is now and was before, where that is known, to show the change. */
  compared?: Compared | undefined
  /** Stands beside the number: its course over time. */
  shape?: ComponentChildren
  /** Stands below: the error of an estimate, or what the number means. */
  note?: ComponentChildren
}

/** A number that stands alone, with the change since the time before. */
export function Figure({ label, value, compared, shape, note }: FigureProps) {
  return (
    <div class={styles.figure}>
      <dt class={styles.label}>{label}</dt>
      <dd class={styles.value}>{value}</dd>
      {shape && <dd class={styles.shape}>{shape}</dd>}
      {compared && <Change {...compared} />}
      {note && <dd class={styles.note}>{note}</dd>}
    </div>
  )
}

/** Figures beside each other. */
export function Figures({ children }: { children: ComponentChildren }) {
  return <dl class={styles.figures}>{children}</dl>
}

function Change({ now, before, format = count }: Compared) {
  const direction = now > before ? styles.up : now < before ? styles.down : undefined
  return (
    <dd class={styles.note}>
      <span class={direction}>{change(before, now) ?? (now === 0 ? 'unchanged' : 'new')}</span> from {format(before)}
    </dd>
  )
}
