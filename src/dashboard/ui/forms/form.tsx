import { type ComponentChildren, createContext, type JSX } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import { Problem } from '../../api/problem.ts'
import { Button, type Emphasis } from '../actions/button.tsx'
import { FailureNote } from '../feedback/failure.tsx'
import styles from './form.module.css'

/** The values of a form by the names of its fields; a field that is left empty has the empty string. */
export type Values = Record<string, string>

interface FormProps {
  /** Does what the form is for; fields show the faults of a `Problem` that it throws. */
  submit(values: Values): Promise<void>
  /** The words on the button. */
  action: string
  emphasis?: Emphasis
  children?: ComponentChildren
  /** Stands beside the button. */
  more?: ComponentChildren
}

const FormProblem = createContext<Problem | undefined>(undefined)

/** A form with its button: it is busy while it is submitted, keeps what was typed when that fails, and says why. */
export function Form({ submit, action, emphasis = 'primary', children, more }: FormProps) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const form = useRef<HTMLFormElement>(null)
  // The fields show their faults now.
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), [problem])

  async function onSubmit(event: JSX.TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    try {
      await submit(valuesOf(event.currentTarget))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <FormProblem.Provider value={problem}>
      <form ref={form} class={styles.form ?? ''} onSubmit={onSubmit}>
        {children}
        {problem && !isShownByFields(problem, form.current) && <FailureNote problem={problem} />}
        <div class={styles.buttons}>
          <Button type="submit" emphasis={emphasis} busy={busy}>
            {action}
          </Button>
          {more}
        </div>
      </form>
    </FormProblem.Provider>
  )
}

/** Returns what the last answer said is wrong with a field of the form around. */
export function useFault(name: string): string | undefined {
  return useContext(FormProblem)?.faultOf(name)
}

function valuesOf(form: HTMLFormElement): Values {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]))
}

/** Whether each fault of the problem is that of a field of the form. */
function isShownByFields({ errors }: Problem, form: HTMLFormElement | null): boolean {
  const isShown = (pointer: string) => form?.elements.namedItem(pointer.slice(1)) != null
  return errors.length > 0 && errors.every(({ pointer }) => isShown(pointer))
}
