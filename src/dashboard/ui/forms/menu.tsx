import styles from './menu.module.css'

interface MenuProps<Value extends string> {
  /** Names the menu for screen readers. */
  label: string
  options: readonly { value: Value; label: string }[]
  value: Value
  onChange(value: Value): void
}

/** A choice of one of several options, of which the present one is seen. */
export function Menu<Value extends string>({ label, options, value, onChange }: MenuProps<Value>) {
  return (
    <select
      class={styles.menu}
      aria-label={label}
      value={value}
      onChange={event => onChange(event.currentTarget.value as Value)}
    >
      {options.map(option => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
