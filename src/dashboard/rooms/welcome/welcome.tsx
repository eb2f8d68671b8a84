import type { ComponentChildren } from 'preact'
import { useTitle } from '../../hooks/use-title.ts'
import styles from './welcome.module.css'

/** The frame of the forms for people who are not signed in. */
export function Welcome({ title, children }: { title: string; children: ComponentChildren }) {
  useTitle(title)
  return (
    <div class={styles.welcome}>
      <h1>{title}</h1>
      {children}
    </div>
  )
}
