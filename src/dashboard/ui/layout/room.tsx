import type { ComponentChildren } from 'preact'
import { useTitle } from '../../hooks/use-title.ts'
import styles from './room.module.css'

interface RoomProps {
  title: string
  /** Stands beside the title: what the whole room is chosen by, or done with. */
  tools?: ComponentChildren
  children: ComponentChildren
}

/** A room of the page: its title, its tools and what is in it. */
export function Room({ title, tools, children }: RoomProps) {
  useTitle(title)
  return (
    <div class={styles.room}>
      <header class={styles.header}>
        <h1>{title}</h1>
        {tools && <div class={styles.tools}>{tools}</div>}
      </header>
      {children}
    </div>
  )
}

/** A part of a room, with a title of its own. */
export function Section({ title, tools, children }: RoomProps) {
  return (
    <section class={styles.section}>
      <header class={styles.header}>
        <h2>{title}</h2>
        {tools && <div class={styles.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  )
}
