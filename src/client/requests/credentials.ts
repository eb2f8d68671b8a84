import type { Session } from '../session.ts'

/** What shows the service who sends a request. */
export interface Credentials {
  /** Returns the headers that a request carries. */
  headers(): Promise<Record<string, string>>
  /** Replaces the ones that were refused. @param refused the headers @returns whether there are others now */
  renew(refused: Record<string, string>): Promise<boolean>
}

/** Returns the credentials of an app: its key. */
export function keyCredentials(key: string): Credentials {
  return { headers: async () => ({ 'x-api-key': key }), renew: async () => false }
}

/** Returns the credentials of a person: the access token of the session, if there is one. */
export function sessionCredentials(session: Session): Credentials {
  return {
    async headers() {
      const token = await session.accessToken()
      return token === undefined ? {} : { authorization: `Bearer ${token}` }
    },
    renew: ({ authorization }) => session.renew(authorization?.replace('Bearer ', '')),
  }
}
