import { Events } from './events/events.ts'
import { eventPoster } from './events/post-events.ts'
import { Images } from './images/upload.ts'
import { type Calls, callsOf } from './requests/calls.ts'
import { keyCredentials, sessionCredentials } from './requests/credentials.ts'
import { type ItemOf, type ListInit, type ListPath, listItems } from './requests/list.ts'
import { senderWith } from './requests/sender.ts'
import { Session, type TokenStore } from './session.ts'

/** What a client is made of. */
export interface ClientOptions {
  /** Where the service is, as in `https://images.example.com`. */
  url: string
  /** The key of an app. Without one, requests are those of the person who signs in with `session`. */
  key?: string
  /** Where the refresh token is kept; by default in memory, so that a session ends with the client. */
  tokens?: TokenStore
  /** Sends the requests in place of the `fetch` of the platform. */
  fetch?: typeof globalThis.fetch
}

/** A client of the service. */
export interface Client extends Calls {
  session: Pick<Session, 'signIn' | 'signOut'>
  images: Images
  events: Events
  /** Yields the items of all pages of a list. A page is read when its first item is wanted. */
  list<Path extends ListPath>(
    path: Path,
    ...init: Record<never, never> extends ListInit<Path> ? [ListInit<Path>?] : [ListInit<Path>]
  ): AsyncGenerator<ItemOf<Path>>
}

/** Returns a client of a service. */
export function createClient(options: ClientOptions): Client {
  const { key, tokens, fetch = globalThis.fetch.bind(globalThis) } = options
  const url = options.url.replace(/\/+$/, '')
  const session = new Session({ url, fetch }, tokens)
  const send = senderWith(key === undefined ? sessionCredentials(session) : keyCredentials(key))
  const calls = callsOf(url, fetch, send)
  return {
    ...calls,
    session,
    images: new Images(url, fetch, send),
    events: new Events(eventPoster(url, fetch, send)),
    list: (path, init?: object) => listItems(calls.get, path, init),
  }
}
