import { askForPassword } from './confirmation.ts'
import { Problem } from './problem.ts'
import { respond, type Sending, send } from './send.ts'
import { accessToken, refresh } from './session.ts'

/** Sends a request as the account that is signed in. @returns the parsed body @throws Problem */
export function ask<Answer>(method: string, path: string, sending: Omit<Sending, 'token'> = {}): Promise<Answer> {
  return asMe(token => send<Answer>(method, path, { ...sending, token }))
}

/** Requests what is not JSON as the account that is signed in. @throws Problem */
export function askForFile(path: string, signal?: AbortSignal): Promise<Response> {
  return asMe(token => respond('GET', path, { token, signal }))
}

/** An answer with its revision, for a change that must not undo changes that others make meanwhile. */
export interface Revised<Answer> {
  answer: Answer
  /** For `ifMatch`. */
  revision: string | undefined
}

/** Reads what is going to be changed, with its revision. @throws Problem */
export async function askForRevision<Answer>(path: string): Promise<Revised<Answer>> {
  const response = await asMe(token => respond('GET', path, { token }))
  // A proxy that compresses the answer marks the tag as weak; those never match.
  const revision = response.headers.get('etag')?.replace(/^W\//, '')
  return { answer: (await response.json()) as Answer, revision }
}

/**
 * Sends a request with an access token. It is sent once more with a new token when the token is refused, since a change of roles ends
 * it early, and after the password was entered where that is required.
 */
export async function asMe<Answer>(request: (token: string | undefined) => Promise<Answer>): Promise<Answer> {
  const token = await accessToken()
  try {
    return await request(token)
  } catch (error) {
    if (token === undefined || !(error instanceof Problem)) throw error
    if (!(await isMended(error))) throw error
    return request(await accessToken())
  }
}

/** Does what a problem asks for. @returns whether the request is worth repeating */
async function isMended({ status, code }: Problem): Promise<boolean> {
  if (status === 401) return refresh()
  if (code === 'confirmation_required') return askForPassword()
  return false
}
