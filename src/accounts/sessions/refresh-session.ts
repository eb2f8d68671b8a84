import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { RequestOrigin } from '../request-origin.ts'
import { grantTokens } from './grant-tokens.ts'
import { ENDED } from './session.ts'
import type { Grant } from './sessions.ts'

/**
 * Exchanges a refresh token for new tokens with the current roles of the account. Repeated within 10 s, it returns the same ones;
 * repeated later, it ends the session.
 * @throws Problem `unauthenticated` when the token is not valid or was used before, or the session has ended or expired
 */
export async function refresh(accounts: Accounts, token: string, { address }: RequestOrigin): Promise<Grant> {
  const { sessions, audit } = accounts
  const session = await sessions.rotate(token)
  if (!session) {
    throw new Problem('unauthenticated', { detail: 'the refresh token is not valid, or its session has ended' })
  }
  if (session.generation === ENDED) {
    await audit.record({ what: 'refresh_token_reused', who: session.userId, address })
    throw new Problem('unauthenticated', { detail: 'the refresh token was used before; its session has been ended' })
  }
  return grantTokens(accounts, session)
}
