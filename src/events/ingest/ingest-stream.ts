import type { Readable } from 'node:stream'
import { Problem } from '../../errors.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import { type Intake, ingestItems, type Rejected, Unreadable } from './intake.ts'
import { ndjson, type Patience } from './ndjson.ts'
import { MAX_KEPT } from './rejects.ts'

const BATCH = 1_000
const IN_FLIGHT = 4
/** So many rejected items are named; the others are only counted. */
const MOST_NAMED = 1_000

/** What became of a stream of items. */
export interface StreamResult {
  accepted: number
  rejectedCount: number
  rejected: Rejected[]
}

interface Tally extends StreamResult {
  /** How many refused items may still be kept. */
  mayKeep: number
}

/** Items with the number of the line that each stood in. */
interface Batch {
  items: unknown[]
  lines: number[]
}

/**
 * Takes newline-delimited JSON of any length, a few batches under way at a time: the queue slows the sender down.
 * @throws Problem `malformed_json` when no line could be parsed; where it breaks off, the problem says {accepted, lines}:
 *   how many are stored and how many lines were read. Sending it all again is safe.
 */
export async function ingestStream(
  body: Readable,
  caller: Identity,
  intake: Intake,
  patience: Patience,
): Promise<StreamResult> {
  const taken: Tally = { accepted: 0, rejectedCount: 0, rejected: [], mayKeep: MAX_KEPT }
  const underWay = new Set<Promise<void>>()
  let lines = 0
  let readable = false
  try {
    for await (const batch of batches(body, patience)) {
      lines = (batch.lines.at(-1) ?? 0) + 1
      readable ||= batch.items.some(item => !(item instanceof Unreadable))
      const work: Promise<void> = takeBatch(batch, caller, intake, taken).finally(() => underWay.delete(work))
      underWay.add(work)
      // Met below, at the latest when the body has ended.
      work.catch(() => undefined)
      if (underWay.size >= IN_FLIGHT) await Promise.race(underWay)
    }
    await Promise.all(underWay)
  } catch (error) {
    await Promise.allSettled(underWay)
    // Read to its end and forgotten: else the connection would be stuck behind it.
    body.resume()
    throw error instanceof Problem ? error.with({ accepted: taken.accepted, lines }) : error
  }
  if (!readable) throw new Problem('malformed_json', { detail: 'no line is JSON' })
  return taken
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
      if (batch.items.length < BATCH) continue
      yield batch
      batch = { items: [], lines: [] }
    }
  }
  if (batch.items.length > 0) yield batch
}

async function takeBatch({ items, lines }: Batch, caller: Identity, intake: Intake, taken: Tally): Promise<void> {
  // The whole of it, until it is known what is used: other batches are under way at the same time.
  const keeps = taken.mayKeep
  taken.mayKeep = 0
  const rejected = await ingestItems(items, caller, intake, { waits: true, keeps })
  taken.mayKeep += Math.max(0, keeps - rejected.length)
  taken.accepted += items.length - rejected.length
  taken.rejectedCount += rejected.length
  taken.rejected.push(...rejected.map(one => ({ ...one, index: lines[one.index] ?? one.index })))
  taken.rejected.sort((a, b) => a.index - b.index).splice(MOST_NAMED)
}
