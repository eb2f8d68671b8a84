import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import styles from './as-table.module.css'

/** The numbers of a chart as a table, which is made when it is opened. */
export function AsTable({ children }: { children(): ComponentChildren }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class={styles.details} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary class={styles.summary}>Show as table</summary>
      {isOpen && <div class={styles.table}>{children()}</div>}
    </details>
  )
}
