import type { Readable } from 'node:stream'
import { Problem } from '../../../errors.ts'
import type { Identity } from '../../../http/plugins/identity.ts'
import { type Intake, ingestItems, type Rejected, Unreadable, type Warned } from '../intake.ts'
import { MAX_KEPT } from '../rejects.ts'
import { ndjson, type Patience } from './ndjson.ts'

const BATCH_SIZE = 1_000
const MAX_BATCHES_IN_FLIGHT = 4
/** How many rejected items, and warnings, the answer lists. */
const MAX_LISTED = 1_000

/** The result of ingesting a stream. */
export interface StreamResult {
  accepted: number
  rejectedCount: number
  rejected: Rejected[]
  warnings: Warned[]
  duplicates: number
}

interface RunningResult extends StreamResult {
  /** How many more rejected items may be kept. */
  mayKeep: number
}

/** The result of ingesting nothing. */
export const NOTHING: StreamResult = { accepted: 0, rejectedCount: 0, rejected: [], warnings: [], duplicates: 0 }

/** Items with the line number of each, from 0. */
interface Batch {
  items: unknown[]
  lines: number[]
}

/**
 * Ingests a stream of newline-delimited JSON of any length, a few batches at a time. A full queue slows the sender down.
 * @throws Problem `malformed_json` when there are lines and none is JSON. When the stream breaks off, the problem has the members `accepted` (events
 *   stored) and `lines` (lines read); sending all of it again is safe
 */
export async function ingestStream(
  body: Readable,
  caller: Identity,
  intake: Intake,
  patience: Patience,
): Promise<StreamResult> {
  const result: RunningResult = { ...NOTHING, rejected: [], warnings: [], mayKeep: MAX_KEPT }
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  let lines = 0
  let readable = false
  try {
    for await (const batch of batches(body, patience)) {
      lines = (batch.lines.at(-1) ?? 0) + 1
      readable ||= batch.items.some(item => !(item instanceof Unreadable))
      const work: Promise<void> = ingestBatch(batch, caller, intake, result)
        .catch(error => void failures.push(error))
        .finally(() => underWay.delete(work))
      underWay.add(work)
      if (underWay.size >= MAX_BATCHES_IN_FLIGHT) await Promise.race(underWay)
      if (failures.length > 0) throw failures[0]
    }
    await Promise.all(underWay)
    if (failures.length > 0) throw failures[0]
  } catch (error) {
    await Promise.all(underWay)
    // An unread body would block the connection.
    body.resume()
    throw error instanceof Problem ? error.with({ accepted: result.accepted, lines }) : error
  }
  const [first] = result.rejected
  if (!readable && first)
    throw new Problem('malformed_json', { detail: `no line is JSON; line ${first.index + 1}: ${first.detail}` })
  return result
}

async function* batches(body: Readable, patience: Patience): AsyncGenerator<Batch> {
  let batch: Batch = { items: [], lines: [] }
  let line = 0
  for await (const values of ndjson(body, patience)) {
    for (const value of values) {
      if (value !== undefined) {
        batch.items.push(value)
        batch.lines.push(line)
      }
      line++
      if (batch.items.length < BATCH_SIZE) continue
      yield batch
      batch = { items: [], lines: [] }
    }
  }
  if (batch.items.length > 0) yield batch
}

async function ingestBatch(
  { items, lines }: Batch,
  caller: Identity,
  intake: Intake,
  result: RunningResult,
): Promise<void> {
  // Reserves the whole allowance until it is known how much is used: other batches run at the same time.
  const keeps = result.mayKeep
  result.mayKeep = 0
  const { rejected, warnings, duplicates } = await ingestItems(items, caller, intake, { waits: true, keeps })
  result.mayKeep += Math.max(0, keeps - rejected.length)
  result.duplicates += duplicates
  result.accepted += items.length - rejected.length
  result.rejectedCount += rejected.length
  list(result.rejected, rejected, lines)
  list(result.warnings, warnings, lines)
}

/** Adds items of a batch to those that the answer lists, by the numbers of their lines. */
function list<Item extends { index: number }>(listed: Item[], items: Item[], lines: number[]): void {
  listed.push(...items.map(item => ({ ...item, index: lines[item.index] ?? item.index })))
  listed.sort((a, b) => a.index - b.index).splice(MAX_LISTED)
}
