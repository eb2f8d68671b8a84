import type { Session } from '../session.ts'
import type { Credentials } from './sender.ts'

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
