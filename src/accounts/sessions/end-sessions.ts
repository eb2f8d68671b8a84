import type { FastifyRequest } from 'fastify'
import { accountOf } from '../../http/plugins/identity.ts'
import type { Accounts } from '../accounts.ts'

/** Ends sessions of the caller. @param thing the session, unless it is all of them @returns the number of sessions */
export async function endSessions(
  { sessions, audit }: Pick<Accounts, 'sessions' | 'audit'>,
  request: FastifyRequest,
  thing?: string,
): Promise<number> {
  const { id } = accountOf(request)
  const count = await sessions.end({ userId: id, ...(thing === undefined ? {} : { _id: thing }) })
  if (count > 0) await audit.record({ what: 'session_ended', who: id, thing, address: request.ip })
  return count
}
