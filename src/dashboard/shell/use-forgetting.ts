import { useQueryClient } from '@tanstack/preact-query'
import { useEffect, useRef } from 'preact/hooks'
import { me, sessionState } from '../api/session.ts'

/** Forgets all answers when somebody else is signed in, or nobody any more, also by another tab: who asks decides what they say. */
export function useForgetting(): void {
  const answers = useQueryClient()
  const who = sessionState.value === 'unknown' ? undefined : (me.value?.id ?? null)
  const before = useRef(who)
  useEffect(() => {
    if (before.current !== undefined && before.current !== who) void answers.resetQueries()
    before.current = who
  }, [who])
}
