import { Problem } from '../api/problem.ts'
import { textOf } from '../ui/feedback/failure.tsx'
import { toast } from '../ui/feedback/toast.tsx'

/** Has every problem that no room handles shown as a toast. */
export function showUnhandledProblems(): void {
  addEventListener('unhandledrejection', event => {
    if (!(event.reason instanceof Problem)) return
    event.preventDefault()
    toast(textOf(event.reason))
  })
}
