import { Problem } from './problem.ts'
import { sendPlainly } from './requests/sender.ts'
import type { Grant } from './types.ts'

/** An access token is renewed so long before it expires. */
const MARGIN_MS = 60_000

/**
 * Where the refresh token of a session is kept. A refresh token is valid once, so clients with one place, such as the tabs of a browser,
 * read it again whenever they need it.
 */
export interface TokenStore {
  /** Returns the token; undefined or null when there is none. */
  read(): string | null | undefined | Promise<string | null | undefined>
  /** Keeps a token in place of the former one; undefined removes it. */
  write(token: string | undefined): void | Promise<void>
}

/** What a session sends requests to. */
interface Service {
  url: string
  fetch: typeof fetch
}

/** The session of a person. Its access token, which is valid for some minutes, is renewed when it is needed. */
export class Session {
  readonly #service: Service
  readonly #store: TokenStore
  #access: { token: string; until: number } | undefined
  #renewing: Promise<boolean> | undefined

  constructor(service: Service, store: TokenStore = memory()) {
    this.#service = service
    this.#store = store
  }

  /** Signs in, in place of whoever was signed in. @throws Problem `wrong_credentials`, and others */
  async signIn(credentials: { email: string; password: string }): Promise<void> {
    // A renewal that ends later would bring the former session back.
    await this.#renewing?.catch(() => undefined)
    await this.#accept(await this.#post('/v1/sessions', credentials))
  }

  /** Ends the session, at the service too. Nothing happens when there is none. @throws Problem when the service does not end it */
  async signOut(): Promise<void> {
    const token = await this.accessToken()
    if (token === undefined) return
    const { url, fetch } = this.#service
    const headers = { authorization: `Bearer ${token}` }
    await sendPlainly(() => fetch(`${url}/v1/sessions/current`, { method: 'DELETE', headers }))
    await this.#forget()
  }

  /**
   * Returns an access token; undefined when nobody is signed in.
   * @throws Problem `unauthenticated` when the session has ended, and others when that is unknown
   */
  async accessToken(): Promise<string | undefined> {
    if (this.#renewing || !this.#access || this.#access.until - Date.now() < MARGIN_MS) await this.#renewOnce()
    return this.#access?.token
  }

  /**
   * Gets a new access token in place of one that was refused, once for all requests that were refused.
   * @returns whether there is one
   * @throws Problem as `accessToken` does
   */
  async renew(refused: string | undefined): Promise<boolean> {
    if (refused === undefined) return false
    if (this.#access && this.#access.token !== refused) return true
    return this.#renewOnce()
  }

  #renewOnce(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renew(): Promise<boolean> {
    const refreshToken = await this.#store.read()
    if (!refreshToken) return false
    try {
      await this.#accept(await this.#post('/v1/sessions/refresh', { refreshToken }))
      return true
    } catch (error) {
      if (error instanceof Problem && error.status === 401) await this.#forget()
      throw error
    }
  }

  async #post(path: string, body: object): Promise<Grant> {
    const { url, fetch } = this.#service
    const headers = { 'content-type': 'application/json' }
    const answer = await sendPlainly(() => fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) }))
    return (await answer.json()) as Grant
  }

  async #accept({ accessToken, expiresIn, refreshToken }: Grant): Promise<void> {
    this.#access = { token: accessToken, until: Date.now() + expiresIn * 1000 }
    await this.#store.write(refreshToken)
  }

  async #forget(): Promise<void> {
    this.#access = undefined
    await this.#store.write(undefined)
  }
}

/** Returns a store that lasts as long as the client. */
function memory(): TokenStore {
  let kept: string | undefined
  return {
    read: () => kept,
    write: token => {
      kept = token
    },
  }
}
