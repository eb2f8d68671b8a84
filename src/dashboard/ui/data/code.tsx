import { CopyButton } from '../actions/copy-button.tsx'
import styles from './code.module.css'

/** A text to copy and paste, such as a command. @param label says what it is */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class={styles.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls what has the focus */}
      <section class={styles.frame} aria-label={label} tabIndex={0}>
        <pre class={styles.text}>{text}</pre>
      </section>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  )
}
