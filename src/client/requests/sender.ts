import { noAnswer, problemOf } from '../problem.ts'
import { withRetries } from './retry.ts'

/** What shows the service who sends a request. */
export interface Credentials {
  /** Returns the headers that a request carries. */
  headers(): Promise<Record<string, string>>
  /** Replaces the ones that were refused. @param refused the headers @returns whether there are others now */
  renew(refused: Record<string, string>): Promise<boolean>
}

/** Sends one request with these headers added. It is called again when the request is repeated. */
export type Attempt = (headers: Record<string, string>) => Promise<Response>

/** How a request is sent. */
export interface Sending {
  /** Whether the request has the same effect when it is sent twice: then it is sent again when the service is busy. */
  repeatable: boolean
  signal?: AbortSignal | undefined
}

/** Sends requests with the credentials of the client. @throws Problem; the reason of the signal when it is aborted */
export type Send = (attempt: Attempt, sending: Sending) => Promise<Response>

/** Returns what sends requests with credentials. When they are refused, it renews them, and sends the request once more. */
export function senderWith(credentials: Credentials): Send {
  return (attempt, { repeatable, signal }) => {
    const request = async () => {
      const headers = await credentials.headers()
      const response = await answerOf(() => attempt(headers), signal)
      if (response.status !== 401 || !(await credentials.renew(headers))) return accepted(response)
      await response.body?.cancel()
      const renewed = await credentials.headers()
      return accepted(await answerOf(() => attempt(renewed), signal))
    }
    return repeatable ? withRetries(request, signal) : request()
  }
}

/** Sends a request without credentials. @throws as `Send` */
export async function sendPlainly(attempt: () => Promise<Response>): Promise<Response> {
  return accepted(await answerOf(attempt))
}

async function answerOf(attempt: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
  signal?.throwIfAborted()
  try {
    return await whole(await attempt())
  } catch (error) {
    throw signal?.aborted ? signal.reason : noAnswer(error)
  }
}

/** Reads an answer in JSON to its end: one that breaks off counts as none. Others may be streams without an end. */
async function whole(response: Response): Promise<Response> {
  const { status, headers } = response
  if (!/^application\/(problem\+)?json/.test(headers.get('content-type') ?? '')) return response
  return new Response(await response.arrayBuffer(), { status, headers })
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok || response.status === 304) return response
  throw await problemOf(response)
}
