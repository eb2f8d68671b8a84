import { X } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from '../actions/button.tsx'
import styles from './dialog.module.css'

interface DialogProps {
  title: string
  onClose(): void
  children: ComponentChildren
}

/** A modal dialog. Escape, its button and a click beside it close it; the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog
    <dialog
      ref={dialog}
      class={styles.dialog ?? ''}
      aria-labelledby={id}
      onClose={onClose}
      onClick={event => event.target === event.currentTarget && dialog.current?.close()}
    >
      <div class={styles.content}>
        <header class={styles.header}>
          <h2 id={id}>{title}</h2>
          <Button emphasis="quiet" icon={X} label="Close" onClick={() => dialog.current?.close()} />
        </header>
        {children}
      </div>
    </dialog>
  )
}
