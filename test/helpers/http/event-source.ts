import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Test } from 'tap'
import { until } from '../until.ts'

/** A client of an event stream, which keeps all that it gets. */
export interface EventSource {
  status: number
  headers: Headers
  events: { id: string | undefined; event: string | undefined; data: never }[]
  /** How many comments have come. */
  comments(): number
  hasEnded(): boolean
  /** Waits for an event that a test knows by its data. */
  // biome-ignore lint/suspicious/noExplicitAny: events have any shape
  gets(what: string, isIt: (data: any, event: EventSourceMessage) => boolean): Promise<any>
  /** Closes the connection. */
  closes(): void
}

/** Opens an event stream; the end of the test closes it. */
export async function openEventSource(t: Test, url: string, headers: Record<string, string>): Promise<EventSource> {
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const response = await fetch(url, { headers, signal: abort.signal })
  const events: EventSourceMessage[] = []
  let comments = 0
  let ended = false
  const parser = createParser({
    onEvent: event => events.push({ ...event, data: JSON.parse(event.data) }),
    onComment: () => comments++,
  })
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }))
  }
  void read()
    .catch(() => undefined)
    .finally(() => {
      ended = true
    })
  return {
    status: response.status,
    headers: response.headers,
    events: events as never,
    comments: () => comments,
    hasEnded: () => ended,
    gets: (what, isIt) => until(what, async () => events.find(event => isIt(event.data, event))),
    closes: () => abort.abort(),
  }
}
