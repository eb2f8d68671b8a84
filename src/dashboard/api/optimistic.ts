import { useMutation, useQueryClient } from '@tanstack/preact-query'
import type { Resource } from './answers.ts'
import type { Problem } from './problem.ts'

/** A change with the answer before it. */
interface Step<Answer, Change> {
  change: Change
  before: Answer | undefined
}

/**
 * Changes something that the API is asked for: shows the change at once and then sends it. Changes are sent one after the other; when one
 * fails, the answer before it is shown again.
 * @param applied returns the answer with a change
 * @returns the function, and why the last change failed
 */
export function useOptimisticChange<Answer, Change>(
  { path }: Resource<Answer>,
  applied: (answer: Answer, change: Change) => Answer,
  send: (change: Change) => Promise<Answer>,
) {
  const client = useQueryClient()
  const key = [path]
  const { mutateAsync, error } = useMutation<Answer, Problem, Step<Answer, Change>>({
    mutationKey: key,
    scope: { id: path },
    mutationFn: ({ change }) => send(change),
    onError: (_problem, { before }) => {
      client.setQueryData(key, before)
    },
    onSettled: async () => {
      // When others are on their way still, the service would answer with the time before them.
      if (client.isMutating({ mutationKey: key }) === 1) await client.invalidateQueries({ queryKey: key, exact: true })
    },
  })

  /** @returns whether the change is made */
  function change(change: Change): Promise<boolean> {
    void client.cancelQueries({ queryKey: key })
    const before = client.getQueryData<Answer>(key)
    client.setQueryData<Answer>(key, answer => answer && applied(answer, change))
    return mutateAsync({ change, before }).then(
      () => true,
      () => false,
    )
  }
  return { change, problem: error }
}
