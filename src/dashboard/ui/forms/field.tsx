import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import styles from './field.module.css'
import { useFault } from './form.tsx'

interface FieldProps {
  label: string
  name: string
  /** Says what to enter, below the label. */
  hint?: string | undefined
}

type Attributes<Element extends HTMLElement> = Omit<JSX.HTMLAttributes<Element>, 'name' | 'label' | 'ref'>
type InputProps = FieldProps & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'name' | 'label' | 'ref'>
type TextareaProps = FieldProps & Omit<JSX.TextareaHTMLAttributes<HTMLTextAreaElement>, 'name' | 'label' | 'ref'>
type SelectProps = FieldProps &
  Omit<JSX.SelectHTMLAttributes<HTMLSelectElement>, 'name' | 'label' | 'ref'> & { children: ComponentChildren }

/** A field for a line of text. */
export function TextField({ label, name, hint, ...rest }: InputProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {attributes => <input {...rest} {...attributes} class={styles.control ?? ''} />}
    </Labelled>
  )
}

/** A field for several lines of text. */
export function TextArea({ label, name, hint, ...rest }: TextareaProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {attributes => <textarea rows={3} {...rest} {...attributes} class={`${styles.control} ${styles.lines}`} />}
    </Labelled>
  )
}

/** A field for one of several options, which are its children. */
export function Select({ label, name, hint, children, ...rest }: SelectProps) {
  return (
    <Labelled label={label} name={name} hint={hint}>
      {attributes => (
        <select {...rest} {...attributes} class={styles.control ?? ''}>
          {children}
        </select>
      )}
    </Labelled>
  )
}

/** A field that is on or off. Its value is that of `value`, or missing. */
export function Checkbox({ label, name, hint, ...rest }: InputProps) {
  const id = useId()
  return (
    <div class={styles.check}>
      <input {...rest} type="checkbox" id={id} name={name} aria-describedby={hint && `${id}-hint`} />
      <label for={id}>{label}</label>
      {hint && (
        <span id={`${id}-hint`} class={styles.hint}>
          {hint}
        </span>
      )}
    </div>
  )
}

interface LabelledProps extends FieldProps {
  children(attributes: Attributes<HTMLElement> & { name: string; id: string }): ComponentChildren
}

/** Joins a control with its label, its hint, and the fault that the last answer found in it. */
function Labelled({ label, name, hint, children }: LabelledProps) {
  const id = useId()
  const fault = useFault(name)
  const notes = [...(hint ? [`${id}-hint`] : []), ...(fault ? [`${id}-fault`] : [])].join(' ')
  return (
    <div class={styles.field}>
      <label for={id} class={styles.label}>
        {label}
      </label>
      {children({ id, name, ...(notes && { 'aria-describedby': notes }), ...(fault && { 'aria-invalid': true }) })}
      {hint && (
        <span id={`${id}-hint`} class={styles.hint}>
          {hint}
        </span>
      )}
      {fault && (
        <span id={`${id}-fault`} class={styles.fault}>
          {fault}
        </span>
      )}
    </div>
  )
}
