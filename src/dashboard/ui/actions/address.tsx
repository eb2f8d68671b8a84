import { useId } from 'preact/hooks'
import styles from './address.module.css'
import { CopyButton } from './copy-button.tsx'

interface AddressProps {
  label: string
  url: string
  onCopy?(): void
}

/** An address to copy. */
export function Address({ label, url, onCopy }: AddressProps) {
  const id = useId()
  return (
    <div class={styles.address}>
      <label for={id} class={styles.label}>
        {label}
      </label>
      <input id={id} class={styles.url} value={url} readOnly onFocus={event => event.currentTarget.select()} />
      <CopyButton
        text={url}
        label={`Copy ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
        {...(onCopy && { onCopy })}
      />
    </div>
  )
}
