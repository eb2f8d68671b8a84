import type { Identity } from '../../../http/plugins/identity.ts'
import { IMPLICIT_TYPES, MAX_CLIENT_ID_BYTES, type WireEvent } from '../../event.ts'
import { type Rejection, rejection } from '../../rejection.ts'

/** Who acted, and for whom the ids of the caller are unique. */
export interface Actor {
  person: string
  principal: string
}

/** Returns who acted: the token's user; whom a key with `events:write` names; a visitor for a key with `events:collect`. */
export function actorOf(item: WireEvent, caller: Identity): Actor | Rejection {
  const named = (['userId', 'appUserId', 'visitorId'] as const).filter(field => item[field] !== undefined)
  if (caller.kind === 'user') {
    if (named[0])
      return rejection('actor_not_allowed', "events of a user token are the user's own: leave it out", `/${named[0]}`)
    return { person: caller.id, principal: `user:${caller.id}` }
  }
  const principal = `app:${caller.app}`
  if (!caller.scopes.includes('events:write')) {
    const foreign = named.find(field => field !== 'visitorId')
    if (foreign)
      return rejection(
        'actor_not_allowed',
        'a key without the scope events:write may name visitorId only',
        `/${foreign}`,
      )
    if (!(IMPLICIT_TYPES as readonly string[]).includes(item.type)) {
      return rejection(
        'type_not_allowed',
        `a key without the scope events:write may send ${IMPLICIT_TYPES.join(', ')} only`,
        '/type',
      )
    }
  }
  if (named.length === 0)
    return rejection('actor_missing', 'name the person by userId, appUserId or visitorId', '/visitorId')
  if (named.length > 1)
    return rejection('actor_not_allowed', 'name one of userId, appUserId and visitorId only', `/${named[1]}`)
  if (item.visitorId !== undefined) return { person: personOfApp('v', caller.app, item.visitorId), principal }
  if (item.appUserId !== undefined) return { person: personOfApp('a', caller.app, item.appUserId), principal }
  return { person: item.userId ?? '', principal }
}

/** Returns the people that a rejected item names, and the user who sent it. */
export function peopleOf(item: unknown, caller: Identity): string[] {
  const { userId, appUserId, visitorId } = (item ?? {}) as Record<string, unknown>
  const people = new Set<string>()
  if (typeof userId === 'string') people.add(userId.slice(0, 64))
  if (caller.kind === 'user') return [...people.add(caller.id)]
  if (typeof appUserId === 'string') people.add(personOfApp('a', caller.app, appUserId))
  if (typeof visitorId === 'string') people.add(personOfApp('v', caller.app, visitorId))
  return [...people]
}

/** Returns the id of a person of an app: `a:<app>:<appUserId>` or `v:<app>:<visitorId>`. */
export function personOfApp(kind: 'a' | 'v', app: string, id: string): string {
  return `${kind}:${app}:${id.slice(0, MAX_CLIENT_ID_BYTES)}`
}
