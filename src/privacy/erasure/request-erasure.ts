import type { Accounts } from '../../accounts/accounts.ts'
import type { RequestOrigin } from '../../accounts/request-origin.ts'
import { requireConfirmation } from '../../accounts/sessions/confirmation.ts'
import { confirmPassword } from '../../accounts/sessions/sign-in.ts'
import { fieldProblem, Problem } from '../../errors.ts'
import { personOfApp } from '../../events/ingest/acceptance/actor.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Receipt } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/** Body of a request for erasure: the caller's password, or the id of another person. */
export interface ErasureRequest {
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
 * Requests an erasure by writing its receipt: from then on the person counts as erased, even if this process is killed. A
 * repeated request returns the same receipt.
 * @throws Problem `forbidden` when the caller may not erase that person; `confirmation_required`; `wrong_password`; `invalid_request` that names the field
 */
export async function requestErasure(
  request: ErasureRequest,
  caller: Identity,
  origin: RequestOrigin,
  { accounts, receipts }: RequestParts,
): Promise<Receipt> {
  const person =
    request.password === undefined
      ? await otherPerson(request, caller, { accounts, receipts })
      : await callerThemselves(request.password, request, caller, origin, accounts)
  const { receipt, isNew } = await receipts.open(person)
  if (isNew) await accounts.audit.record({ what: 'erased', who: caller.id, whom: person, address: origin.address })
  return receipt
}

async function callerThemselves(
  password: string,
  request: ErasureRequest,
  caller: Identity,
  origin: RequestOrigin,
  accounts: Accounts,
) {
  if (caller.kind !== 'user')
    throw new Problem('forbidden', { detail: 'an API key has no password: name the person instead' })
  if (Object.keys(request).length > 1) {
    throw fieldProblem('/password', 'erases the caller: leave out the other fields')
  }
  return (await confirmPassword(accounts, caller.id, password, origin))._id
}

async function otherPerson(
  request: ErasureRequest,
  caller: Identity,
  { accounts, receipts }: RequestParts,
): Promise<string> {
  if (caller.kind === 'user' && !caller.roles.includes('admin')) {
    throw new Problem('forbidden', { detail: 'requires the role admin; to erase yourself, send your password' })
  }
  if (caller.kind === 'user') await requireConfirmation(accounts, caller.sessionId)
  const { userId, app, appUserId, visitorId } = request
  if ([userId, appUserId, visitorId].filter(name => name !== undefined).length !== 1) {
    throw fieldProblem('', 'must name one person: by password, userId, app and appUserId, or app and visitorId')
  }
  if (userId === undefined) {
    if (app === undefined) throw fieldProblem('/app', 'is required with appUserId or visitorId')
    return visitorId === undefined ? personOfApp('a', app, appUserId ?? '') : personOfApp('v', app, visitorId)
  }
  if (app !== undefined) throw fieldProblem('/app', 'must be left out with userId')
  const isKnown = (await accounts.users.exists({ _id: userId })) ?? (await receipts.of(userId))
  if (!isKnown) throw fieldProblem('/userId', 'account not found')
  return userId
}
