import { CircleAlert } from 'lucide-preact'
import type { Problem } from '../../api/problem.ts'
import { ago } from '../../format/times.ts'
import { capitalized } from '../../format/words.ts'
import { Button } from '../actions/button.tsx'
import styles from './failure.module.css'

/** Says that something failed, and why, beside what failed. @param what says what failed, where its place does not */
export function FailureNote({ problem, what }: { problem: Problem; what?: string }) {
  return (
    <p class={styles.note} role="alert">
      <CircleAlert class={styles.icon ?? ''} aria-hidden="true" />
      <span>{what ? `${what} ${textOf(problem)}` : textOf(problem)}</span>
    </p>
  )
}

/** Takes the place of what could not be read: says why, and offers to read it again. */
export function Failure({ problem, retry }: { problem: Problem; retry(): void }) {
  return (
    <div class={styles.failure}>
      <FailureNote problem={problem} />
      <Button onClick={retry}>Try again</Button>
    </div>
  )
}

/** Returns what a problem is, and when it is worth trying again. */
export function textOf({ message, errors, retryAt }: Problem): string {
  const faults = errors.map(({ pointer, detail }) => `${pointer.split('/').at(-1)} ${detail}`.trim())
  const what = sentence(faults.length > 0 ? faults.join('; ') : message)
  return retryAt ? `${what} Try again ${ago(retryAt)}.` : what
}

/** Returns a text with a capital letter at its begin and a full stop at its end. */
function sentence(text: string): string {
  const capital = capitalized(text)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
