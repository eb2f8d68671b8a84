import { useQueryClient } from '@tanstack/preact-query'
import { useEffect, useRef } from 'preact/hooks'
import { me } from '../api/session.ts'

/** Forgets the answers that an account got once it is not signed in any more, also when another tab has signed it out. */
export function useForgetting(): void {
  const answers = useQueryClient()
  const id = me.value?.id
  const before = useRef(id)
  useEffect(() => {
    if (before.current !== undefined && before.current !== id) void answers.resetQueries()
    before.current = id
  }, [id])
}
