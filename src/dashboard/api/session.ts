import { signal } from '@preact/signals'
import { Problem } from './problem.ts'
import { send } from './send.ts'
import type { Grant, User } from './types.ts'

/** Whether somebody is signed in: `unknown` until that is found out, `expired` when the session ended without a sign-out here. */
export type SessionState = 'unknown' | 'signed-out' | 'signed-in' | 'expired'

/** The account that is signed in, or whose session has expired; null for everybody else. */
export const me = signal<User | null>(null)
export const sessionState = signal<SessionState>('unknown')

/** Says that this browser has a cookie of a session: scripts can not see the cookie. */
const HINT = 'glance.signed-in'
/** Access tokens are renewed so long before they expire. */
const MARGIN_MS = 60_000

/** Access tokens live in memory only. */
let access: { token: string; until: number } | undefined
let refreshing: Promise<boolean> | undefined
const otherTabs = new BroadcastChannel('glance.session')

otherTabs.onmessage = ({ data }) => {
  if (data === 'signed-out') forget('signed-out')
  if (data === 'signed-in') void resume()
}

/** Finds out who is signed in, by the cookie of an earlier visit. */
export async function resume(): Promise<void> {
  if (localStorage.getItem(HINT) === null) forget('signed-out')
  else await refresh().catch(() => forget('signed-out'))
}

/** Signs in. @throws Problem */
export async function signIn(email: string, password: string): Promise<void> {
  await accept(await send<Grant>('POST', '/v1/sessions', { json: { email, password, cookie: true } }))
  otherTabs.postMessage('signed-in')
}

/** Signs out, here and in other tabs. @throws Problem when the service does not answer: the session goes on then */
export async function signOut(): Promise<void> {
  await send('DELETE', '/v1/sessions/current', { token: access?.token }).catch(error => {
    if (!(error instanceof Problem && error.status === 401)) throw error
  })
  leave()
}

/** Forgets the account, here and in other tabs: its session has ended already. */
export function leave(): void {
  forget('signed-out')
  otherTabs.postMessage('signed-out')
}

/** Returns an access token; undefined when nobody is signed in. */
export async function accessToken(): Promise<string | undefined> {
  if (access && access.until - Date.now() < MARGIN_MS) await refresh()
  return access?.token
}

/**
 * Exchanges the cookie for a new access token, once for all callers.
 * @returns whether the session goes on
 * @throws Problem when the service does not say whether it does
 */
export function refresh(): Promise<boolean> {
  refreshing ??= renew().finally(() => {
    refreshing = undefined
  })
  return refreshing
}

/** Reads the account again, after it has changed. */
export async function readMe(): Promise<void> {
  me.value = await send<User>('GET', '/v1/users/me', { token: access?.token })
}

async function renew(): Promise<boolean> {
  try {
    await accept(await send<Grant>('POST', '/v1/sessions/refresh'))
    return true
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error
    forget(me.value === null ? 'signed-out' : 'expired')
    return false
  }
}

async function accept({ accessToken, expiresIn }: Grant): Promise<void> {
  access = { token: accessToken, until: Date.now() + expiresIn * 1000 }
  localStorage.setItem(HINT, '1')
  await readMe()
  sessionState.value = 'signed-in'
}

function forget(state: 'signed-out' | 'expired'): void {
  access = undefined
  localStorage.removeItem(HINT)
  if (state === 'signed-out') me.value = null
  sessionState.value = state
}
