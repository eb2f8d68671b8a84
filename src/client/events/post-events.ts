import type { Send } from '../requests/sender.ts'
import type { EventsAnswer } from '../types.ts'

/** Sends events, again when the service is busy: they have ids. @param bodyOf makes the body of an attempt @throws Problem */
export type PostEvents = (mediaType: string, bodyOf: () => string, signal?: AbortSignal) => Promise<EventsAnswer>

/** Browsers let all requests that outlive their page have 64 KiB. */
const MAX_KEPT_ALIVE = 20_000

/** Returns what sends events to a service. */
export function eventPoster(url: string, fetch: typeof globalThis.fetch, send: Send): PostEvents {
  return async (mediaType, bodyOf, signal) => {
    const attempt = (headers: Record<string, string>) => {
      const body = bodyOf()
      return fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { ...headers, 'content-type': mediaType },
        body,
        // Events are sent when their page is left, too. A character has up to three bytes.
        keepalive: body.length <= MAX_KEPT_ALIVE,
        signal: signal ?? null,
      })
    }
    const answer = await send(attempt, { repeatable: true, signal })
    return (await answer.json()) as EventsAnswer
  }
}
