import { Problem } from '../problem.ts'

const MAX_ATTEMPTS = 5
/** The wait before the second attempt is at most this long; it doubles with each attempt. */
const FIRST_WAIT_MS = 250
/** A request for which the service asks for a longer wait is given up: its limits of requests are those of a minute. */
const LONGEST_WAIT_MS = 90_000
/** No answer, and answers that time may mend: 408, too many requests, and a service or proxy that is busy. */
const PASSING = [0, 408, 429, 502, 503, 504]

/**
 * Sends a request that is safe to repeat until there is an answer, with growing random waits, and never before the service wants it.
 * @throws Problem that waiting does not mend, or the last one; the reason of `signal` when it is aborted
 */
export async function withRetries<Answer>(request: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request()
    } catch (error) {
      const wait = waitAfter(error, attempt)
      if (wait === undefined || attempt === MAX_ATTEMPTS) throw error
      await pause(wait, signal)
    }
  }
}

/** Returns how long to wait before a request is sent again, in ms; undefined when it should not be. */
function waitAfter(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof Problem && PASSING.includes(error.status))) return undefined
  const { retryAfter = 0 } = error
  // Random, so that clients that failed together do not come back together.
  return retryAfter > LONGEST_WAIT_MS ? undefined : retryAfter + Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1)
}

/** Resolves after some ms. @throws the reason of `signal` when it is aborted */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
