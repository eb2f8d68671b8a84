import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { RequestOrigin } from '../request-origin.ts'
import { grantTokens } from './grant-tokens.ts'
import { ENDED } from './session.ts'
import type { Grant } from './sessions.ts'

/**
 * Gives the next pair of tokens for a refresh token, with the account's roles of now. Used twice within 10 s it gives the same
 * one; used again later it ends the session.
 * @throws Problem `unauthenticated` when it is not ours, used up, run out, or its session is over
 */
export async function refresh(accounts: Accounts, token: string, { address }: RequestOrigin): Promise<Grant> {
  const { sessions, audit } = accounts
  const session = await sessions.move(token)
  if (!session) throw new Problem('unauthenticated')
  if (session.generation === ENDED) {
    await audit.note({ what: 'refresh_token_reused', who: session.userId, address })
    throw new Problem('unauthenticated', { detail: 'this refresh token was used before, its session is over' })
  }
  return grantTokens(accounts, session)
}
