import type { LucideIcon } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import styles from './empty.module.css'

interface EmptyProps {
  icon: LucideIcon
  title: string
  /** Says what to do, with the button or link for it. */
  children?: ComponentChildren
}

/** Takes the place of a list or chart without anything in it. */
export function Empty({ icon: Icon, title, children }: EmptyProps) {
  return (
    <div class={styles.empty}>
      <Icon class={styles.icon ?? ''} aria-hidden="true" />
      <p class={styles.title}>{title}</p>
      {children}
    </div>
  )
}
