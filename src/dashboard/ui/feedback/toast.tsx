import { signal } from '@preact/signals'
import styles from './toast.module.css'

const SHOWN_MS = 6_000

interface Toast {
  id: number
  text: string
}

const toasts = signal<Toast[]>([])
let lastId = 0

/** Shows a text for a few seconds: that something is done, or that it failed. */
export function toast(text: string): void {
  const id = ++lastId
  toasts.value = [...toasts.value, { id, text }]
  setTimeout(() => {
    toasts.value = toasts.value.filter(other => other.id !== id)
  }, SHOWN_MS)
}

/** Where toasts appear; screen readers read them out. */
export function Toasts() {
  return (
    <div class={styles.toasts} role="status">
      {toasts.value.map(({ id, text }) => (
        <p key={id} class={styles.toast}>
          {text}
        </p>
      ))}
    </div>
  )
}
