import { setImmediate as immediate } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Rejection } from '../event.ts'
import { type Accepted, acceptEvent, isRejection, peopleOf } from './accept-event.ts'
import type { ErasedPeopleCache } from './erased-people.ts'
import type { Entry, KnownImage } from './flush.ts'
import type { Ingest } from './ingest.ts'
import { MAX_KEPT, type Refused, type Rejects } from './rejects.ts'

/** How long items are judged before others have their turn, in ms. */
const LONGEST_TURN = 10

/** How items become events of the log. */
export interface Intake {
  ingest: Ingest
  rejects: Rejects
  erased: ErasedPeopleCache
  /** How old an event may be, in ms. */
  window: number
  logger: FastifyBaseLogger
}

/** An item that did not go in, by its place among those that were sent. */
export type Rejected = Rejection & { index: number }

/** Items judged one by one: those to store, each with its place, and those that are refused at once. */
interface Judged {
  entries: Entry[]
  places: number[]
  rejected: Rejected[]
}

/** How a request's items are taken: a full queue refuses it or lets it wait; so many of its refused items are kept. */
interface Manner {
  waits: boolean
  keeps: number
}

/**
 * Judges items and stores the good ones; when it returns they are durable, marked and told to the followers.
 * @returns the rejected ones in their order
 * @throws Problem `unavailable` when nothing of it is known to be stored; sending again is safe
 */
export async function ingestItems(
  items: unknown[],
  caller: Identity,
  { ingest, rejects, erased, window, logger }: Intake,
  { waits, keeps }: Manner = { waits: false, keeps: MAX_KEPT },
): Promise<Rejected[]> {
  // To judge what is refused anyway would take the time of those that are taken.
  if (!waits) ingest.admit(items.length)
  const { entries, places, rejected } = await judge(items, caller, window)
  if (entries.length > 0) {
    const outcomes = await (waits ? ingest.submitInTurn(entries) : ingest.submit(entries))
    for (const [i, outcome] of outcomes.entries()) if (outcome) rejected.push({ index: places[i] ?? i, ...outcome })
  }
  if (rejected.length > 0 && isKept(caller)) {
    const refused = rejected.slice(0, keeps).map(rejection => refusedItem(items[rejection.index], rejection, caller))
    await keep(refused, caller, { rejects, erased }).catch(err => logger.error({ err }, 'refused events are not kept'))
  }
  return rejected.sort((a, b) => a.index - b.index)
}

/** Keeps refused items but those that name somebody who is erased. */
async function keep(refused: Refused[], caller: Identity, { rejects, erased }: Pick<Intake, 'rejects' | 'erased'>) {
  const list = await erased.list()
  await rejects.keep(
    caller,
    refused.filter(({ people }) => !people.some(person => list.has(person))),
  )
}

/** To name the faults of a thousand items takes long: others have their turns in between. */
async function judge(items: unknown[], caller: Identity, window: number): Promise<Judged> {
  const judged: Judged = { entries: [], places: [], rejected: [] }
  const now = Date.now()
  const rights = rightsOf(caller)
  let turn = performance.now()
  for (const [index, item] of items.entries()) {
    if (performance.now() - turn > LONGEST_TURN) {
      await immediate()
      turn = performance.now()
    }
    const result = item instanceof Unreadable ? item.rejection : acceptEvent(item, caller, now, window)
    if (isRejection(result)) judged.rejected.push({ index, ...result })
    else {
      // Completed, not copied: copies of each would be a sixth of what ingest costs.
      judged.entries.push(Object.assign(result, rights, { bytes: sizeOf(result) }))
      judged.places.push(index)
    }
  }
  return judged
}

/** Something in the place of an item that is not even JSON. */
export class Unreadable {
  readonly text: string
  readonly rejection: Rejection

  constructor(text: string, detail: string) {
    this.text = text
    this.rejection = { code: 'bad_json', detail }
  }
}

/** What every entry of a caller has. */
function rightsOf(caller: Identity): Pick<Entry, 'location' | 'mayReach'> {
  const { location } = caller
  return { ...(location && { location }), mayReach: image => mayReach(image, caller) }
}

/** Not less than what an event weighs in a command, in bytes, of which most are the sender's words. */
export function sizeOf({ event }: Accepted): number {
  const { context, geography, listId = '', sessionId = '', tag = '' } = event
  const objects = context || geography ? Buffer.byteLength(JSON.stringify([context, geography])) : 0
  return 500 + 3 * (listId.length + sessionId.length + tag.length) + 2 * objects
}

/** Users reach what they may see, a server's key every image, a key in a web page the public ones. */
function mayReach(image: KnownImage, caller: Identity): boolean {
  if (image.visibility === 'public') return true
  if (caller.kind === 'user') return caller.id === image.ownerId || caller.roles.includes('admin')
  return caller.scopes.includes('events:write')
}

/** What anybody's page sends is not worth keeping. */
function isKept(caller: Identity): boolean {
  return caller.kind === 'user' || caller.scopes.includes('events:write')
}

function refusedItem(item: unknown, { index: _index, ...rejection }: Rejected, caller: Identity): Refused {
  return { item: item instanceof Unreadable ? item.text : item, rejection, people: peopleOf(item, caller) }
}
