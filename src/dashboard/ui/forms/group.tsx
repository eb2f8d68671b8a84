import type { ComponentChildren } from 'preact'
import styles from './group.module.css'

/** Fields that belong together, under one label. */
export function Group({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <fieldset class={styles.group}>
      <legend class={styles.label}>{label}</legend>
      {children}
    </fieldset>
  )
}
