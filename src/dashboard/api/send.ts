import { offline, problemOf } from './problem.ts'

/** What a request carries. */
export interface Sending {
  /** The body, as JSON. */
  json?: unknown
  token?: string | undefined
  signal?: AbortSignal | undefined
  /** The revision that the request may change, as `askForRevision` returns it. */
  ifMatch?: string | undefined
  /** The last event of an event stream that is known. */
  lastEventId?: string | undefined
  /** The request goes on when the page is left. */
  keepalive?: boolean
}

/** Sends a request. @returns the parsed body; undefined when there is none @throws Problem when the answer is an error, or missing */
export async function send<Answer>(method: string, path: string, sending: Sending = {}): Promise<Answer> {
  const response = await respond(method, path, sending)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/** Sends a request whose answer is not JSON. @returns the response @throws Problem as `send` does */
export async function respond(
  method: string,
  path: string,
  { json, token, signal, ifMatch, lastEventId, keepalive = false }: Sending = {},
): Promise<Response> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  }
  const body = json === undefined ? null : JSON.stringify(json)
  // What is asked for again is wanted as it is now.
  const cache = 'no-cache'
  const response = await fetch(path, { method, headers, body, cache, keepalive, signal: signal ?? null }).catch(
    error => {
      throw signal?.aborted ? error : offline()
    },
  )
  if (response.ok) return response
  throw problemOf(response.status, await response.text(), response.headers.get('retry-after'))
}
