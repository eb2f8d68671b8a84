import { setImmediate as immediate } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { Problem } from '../../errors.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Rejection } from '../rejection.ts'
import type { Warning } from '../warning.ts'
import { type Acceptance, type Accepted, acceptEvent, isRejection } from './acceptance/accept-event.ts'
import { peopleOf } from './acceptance/actor.ts'
import { reserveArrivals } from './arrivals.ts'
import { keepCorrectedTimes } from './corrected-times.ts'
import type { ErasedPeopleCache } from './erased-people.ts'
import type { Entry, KnownImage } from './flush.ts'
import type { Ingest } from './ingest.ts'
import { MAX_KEPT, type Refused, type Rejects } from './rejects.ts'

/** How long items are validated before the event loop serves other requests. */
const MAX_TURN_MS = 10

/** What ingesting items works with. */
export interface Intake {
  ingest: Ingest
  rejects: Rejects
  erased: ErasedPeopleCache
  db: mongo.Db
  /** The acceptance window: how old an event may be, in ms. */
  window: number
  /** The time since which ids of events contain the type. */
  typedSince: Date
  logger: FastifyBaseLogger
}

/** A rejected item, or a warning about an accepted one, with its index among the items of the request. */
export type Rejected = Rejection & { index: number }
export type Warned = Warning & { index: number }

/** What became of items. */
export interface Taken {
  /** The rejected items in their order. */
  rejected: Rejected[]
  /** What was left out of the others, in their order. */
  warnings: Warned[]
  /** How many of the others were stored before, as far as the log tells: a time series does not. */
  duplicates: number
}

/** Validated items: those to store, with their indexes in the request, and the rejected ones. */
interface Validated {
  entries: Entry[]
  indexes: number[]
  rejected: Rejected[]
}

interface IngestOptions {
  /** Wait while the queue is full, instead of refusing the items. */
  waits?: boolean
  /** How many rejected items may be kept. */
  keeps?: number
  /** What is added to the times of the items, in ms; undefined when the sender has not sent its time. */
  clockOffset?: number
}

/**
 * Validates items and stores the valid ones. When it returns they are durable and marked, and the projections are updated.
 * @throws Problem `unavailable` when it is unknown whether anything is stored; sending again is safe
 */
export async function ingestItems(
  items: unknown[],
  caller: Identity,
  { ingest, rejects, erased, db, window, typedSince, logger }: Intake,
  { waits = false, keeps = MAX_KEPT, clockOffset }: IngestOptions = {},
): Promise<Taken> {
  // Validating items that are refused anyway would slow down the accepted ones.
  if (!waits) ingest.admit(items.length)
  // Reserved before the first wait: the next batch of a stream is validated at the same time.
  const firstArrival = reserveArrivals(items.length)
  const times = { window, typedSince, clockOffset: clockOffset ?? 0 }
  const { entries, indexes, rejected } = await validate(items, caller, { ...times, firstArrival })
  if (clockOffset !== undefined) {
    const events = entries.map(({ event }) => event)
    await keepCorrectedTimes(events, clockOffset, { db, window })
  }
  const warnings: Warned[] = []
  if (entries.length > 0) {
    const sender = `${caller.kind}:${caller.id}`
    const outcomes = await (waits ? ingest.submitWhenRoom(entries, sender) : ingest.submit(entries, sender))
    for (const [i, outcome] of outcomes.entries()) {
      const index = indexes[i] ?? i
      const warning = entries[i]?.warning
      if (outcome) rejected.push({ index, ...outcome })
      else if (warning) warnings.push({ index, ...warning })
    }
  }
  if (rejected.length > 0 && isKept(caller)) {
    const refused = rejected.slice(0, keeps).map(rejection => refusedItem(items[rejection.index], rejection, caller))
    await keep(refused, caller, { rejects, erased }).catch(err =>
      logger.error({ err }, 'rejected events could not be kept'),
    )
  }
  const duplicates = entries.filter(({ isDuplicate }) => isDuplicate).length
  return { rejected: rejected.sort((a, b) => a.index - b.index), warnings, duplicates }
}

/**
 * Validates one item and stores it, as `ingestItems` does.
 * @throws Problem `event_rejected`; `unavailable` when it is unknown whether it is stored
 */
export async function ingestItem(item: unknown, caller: Identity, intake: Intake): Promise<Taken> {
  const taken = await ingestItems([item], caller, intake)
  const [rejected] = taken.rejected
  if (!rejected) return taken
  const { code, detail, pointer = '' } = rejected
  throw new Problem('event_rejected', { detail: `${code}: ${detail}`, errors: [{ pointer, detail, code }] })
}

/** Keeps rejected items, except those that name an erased person. */
async function keep(refused: Refused[], caller: Identity, { rejects, erased }: Pick<Intake, 'rejects' | 'erased'>) {
  const list = await erased.list()
  await rejects.keep(
    caller,
    refused.filter(({ people }) => !people.some(person => list.has(person))),
  )
}

/** Validates items one by one, and yields to the event loop every 10 ms: naming the faults of a thousand items takes long. */
async function validate(
  items: unknown[],
  caller: Identity,
  { firstArrival, ...times }: Omit<Acceptance, 'now' | 'arrival'> & { firstArrival: number },
): Promise<Validated> {
  const validated: Validated = { entries: [], indexes: [], rejected: [] }
  const now = Date.now()
  const rights = rightsOf(caller)
  let turn = performance.now()
  for (const [index, item] of items.entries()) {
    if (performance.now() - turn > MAX_TURN_MS) {
      await immediate()
      turn = performance.now()
    }
    const acceptance = { ...times, now, arrival: firstArrival + index }
    const result = item instanceof Unreadable ? item.rejection : acceptEvent(item, caller, acceptance)
    if (isRejection(result)) validated.rejected.push({ index, ...result })
    else {
      // Assigned, not copied: copies would be a sixth of the cost of ingest.
      validated.entries.push(Object.assign(result, rights, { bytes: sizeOf(result) }))
      validated.indexes.push(index)
    }
  }
  return validated
}

/** Stands for an item that is not JSON. */
export class Unreadable {
  readonly text: string
  readonly rejection: Rejection

  constructor(text: string, detail: string) {
    this.text = text
    this.rejection = { code: 'bad_json', detail }
  }
}

/** Returns what all entries of a caller have in common. */
function rightsOf(caller: Identity): Pick<Entry, 'location' | 'mayReach'> {
  const { location } = caller
  return { ...(location && { location }), mayReach: image => mayReach(image, caller) }
}

/** Returns an upper bound of an event's size in an insert command, in bytes. */
export function sizeOf({ event }: Accepted): number {
  const { context, geography, listId = '', sessionId = '', tag = '' } = event
  const objects = context || geography ? Buffer.byteLength(JSON.stringify([context, geography])) : 0
  return 500 + 3 * (listId.length + sessionId.length + tag.length) + 2 * objects
}

/** Whether the caller may report events on the image: users on images that they may see, server keys on all, page keys on public ones. */
function mayReach(image: KnownImage, caller: Identity): boolean {
  if (image.visibility === 'public') return true
  if (caller.kind === 'user') return caller.id === image.ownerId || caller.roles.includes('admin')
  return caller.scopes.includes('events:write')
}

/** Whether rejected items of the caller are kept. Those of page keys are not: anybody can send them. */
function isKept(caller: Identity): boolean {
  return caller.kind === 'user' || caller.scopes.includes('events:write')
}

/** Returns a rejected item as it is kept. */
function refusedItem(item: unknown, { index: _index, ...rejection }: Rejected, caller: Identity): Refused {
  return { item: item instanceof Unreadable ? item.text : item, rejection, people: peopleOf(item, caller) }
}
