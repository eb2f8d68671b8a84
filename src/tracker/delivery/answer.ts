/** What follows from an answer of the service. */
export type Consequence =
  /** The service has taken the events, or never will. */
  | 'done'
  /** It may take them later. */
  | 'later'
  /** It takes none from this page. */
  | 'never'

/** Returns what follows from a status; undefined stands for no answer. */
export function consequenceOf(status = 500): Consequence {
  if (status === 408 || status === 429 || status >= 500) return 'later'
  return status === 401 || status === 403 || status === 404 ? 'never' : 'done'
}

const MAX_PAUSE_MS = 300_000

/**
 * Returns how long to wait before the events are sent again, in ms: as long as the service says, or twice as long each time.
 * @param failures how many attempts have failed
 * @param retryAfter in seconds, from the answer
 */
export function pauseAfter(failures: number, retryAfter?: string | null): number {
  return Math.min(MAX_PAUSE_MS, 1_000 * (Number(retryAfter) || 2 ** failures))
}
