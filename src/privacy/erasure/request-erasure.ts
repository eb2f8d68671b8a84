import type { Accounts } from '../../accounts/accounts.ts'
import type { RequestOrigin } from '../../accounts/request-origin.ts'
import { confirmPassword } from '../../accounts/sessions/sign-in.ts'
import { fieldProblem, Problem } from '../../errors.ts'
import { personOfApp } from '../../events/ingest/accept-event.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Receipt } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/** Who is to be erased: by their password whoever asks, by a name somebody else. */
export interface Asked {
  password?: string
  userId?: string
  app?: string
  appUserId?: string
  visitorId?: string
}

interface RequestParts {
  accounts: Accounts
  receipts: Receipts
}

/**
 * Writes the receipt of an erasure; from then on the person is erased, whatever becomes of this process. Asking again gives the
 * same receipt.
 * @throws Problem `forbidden` where the caller erases nobody else, `wrong_password`, or naming what does not say who is meant
 */
export async function requestErasure(
  asked: Asked,
  caller: Identity,
  origin: RequestOrigin,
  { accounts, receipts }: RequestParts,
): Promise<Receipt> {
  const person =
    asked.password === undefined
      ? await somebodyElse(asked, caller, { accounts, receipts })
      : await themselves(asked.password, asked, caller, origin, accounts)
  const { receipt, isNew } = await receipts.open(person)
  if (isNew) await accounts.audit.note({ what: 'erased', who: caller.id, whom: person, address: origin.address })
  return receipt
}

async function themselves(password: string, asked: Asked, caller: Identity, origin: RequestOrigin, accounts: Accounts) {
  if (caller.kind !== 'user') throw new Problem('forbidden', { detail: 'a key has no password' })
  if (Object.keys(asked).length > 1) throw fieldProblem('/password', 'erases who asks, and names nobody else')
  return (await confirmPassword(accounts, caller.id, password, origin))._id
}

async function somebodyElse(asked: Asked, caller: Identity, { accounts, receipts }: RequestParts): Promise<string> {
  if (caller.kind === 'user' && !caller.roles.includes('admin')) {
    throw new Problem('forbidden', { detail: 'to erase yourself, send your password' })
  }
  const { userId, app, appUserId, visitorId } = asked
  if ([userId, appUserId, visitorId].filter(name => name !== undefined).length !== 1) {
    throw fieldProblem('', 'names one: by password, userId, app and appUserId, or app and visitorId')
  }
  if (userId === undefined) {
    if (app === undefined) throw fieldProblem('/app', 'is missing: whose person it is')
    return visitorId === undefined ? personOfApp('a', app, appUserId ?? '') : personOfApp('v', app, visitorId)
  }
  if (app !== undefined) throw fieldProblem('/app', 'an account belongs to no app')
  const isKnown = (await accounts.users.exists({ _id: userId })) ?? (await receipts.of(userId))
  if (!isKnown) throw fieldProblem('/userId', 'is no account')
  return userId
}
