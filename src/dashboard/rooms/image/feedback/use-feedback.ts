import { useEffect, useState } from 'preact/hooks'
import { useAnswer } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { useOptimisticChange } from '../../../api/optimistic.ts'
import { feedback, imageStats } from '../../../api/resources.ts'
import type { Feedback } from '../../../api/types.ts'
import { type FeedbackChange, type Opinions, recounted } from './change.ts'

const REFRESH_MS = 10_000

/**
 * Reads the feedback of the account that is signed in and that of all people, and changes the former. A change is shown at once, also in
 * the counts, in which the service has it some seconds later: until then they are not read.
 */
export function useFeedback(imageId: string) {
  const mine = useAnswer(feedback(imageId))
  const stats = useAnswer(imageStats(imageId), { every: REFRESH_MS })
  const [ahead, setAhead] = useState<Opinions>()
  const { change: send, problem } = useOptimisticChange<Feedback, FeedbackChange>(
    feedback(imageId),
    (answer, change) => ({ ...answer, ...change }),
    json => ask<Feedback>('PATCH', feedback(imageId).path, { json }),
  )
  const opinions = ahead ?? stats.data?.current
  const { refetch } = stats

  useEffect(() => {
    if (!ahead) return
    const timer = setTimeout(() => void refetch().then(() => setAhead(undefined)), REFRESH_MS)
    return () => clearTimeout(timer)
  }, [ahead, refetch])

  async function change(changed: FeedbackChange) {
    if (!mine.data) return
    if (opinions) setAhead(recounted(opinions, mine.data, { ...mine.data, ...changed }))
    if (!(await send(changed))) setAhead(undefined)
  }

  return { mine, stats, opinions, change, problem }
}
