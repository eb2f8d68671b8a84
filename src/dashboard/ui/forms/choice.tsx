import { useId } from 'preact/hooks'
import styles from './choice.module.css'

interface ChoiceProps<Value extends string> {
  /** Names the choice for screen readers. */
  label: string
  options: readonly { value: Value; label: string }[]
  value: Value
  onChange(value: Value): void
}

/** A choice of one of a few options, all of which are seen: buttons in a row that work as radio buttons. */
export function Choice<Value extends string>({ label, options, value, onChange }: ChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset class={styles.choice}>
      <legend class={styles.legend}>{label}</legend>
      {options.map(option => (
        <label key={option.value} class={styles.option}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  )
}
