import type { LoggedEvent } from '../../events/event.ts'
import type { Log } from '../../events/log/log.ts'
import { type Bucket, bucketKey, bucketOf } from '../../events/marks/buckets.ts'
import { groupOf } from '../../rollups/aggregation/event-group.ts'
import { Sum } from '../../rollups/aggregation/sum.ts'
import type { RollupWriter } from './rollup-writer.ts'

const BATCH_SIZE = 1_000

/**
 * Stores the events of a day in the log, and the roll-ups of their minutes. Events that exist stay.
 * @param events sorted by image and hour
 * @throws Error when the database refuses one
 */
export async function restoreEvents(
  events: AsyncIterable<LoggedEvent[]>,
  log: Log,
  writer: RollupWriter,
): Promise<void> {
  const minutes = new MinuteSums(log, writer)
  for await (const group of events) {
    for (let from = 0; from < group.length; from += BATCH_SIZE) await store(group.slice(from, from + BATCH_SIZE), log)
    for (const event of group) await minutes.add(event)
  }
  await minutes.flush()
  await writer.flush()
}

async function store(events: LoggedEvent[], log: Log): Promise<void> {
  const [refusal] = (await log.insert(events)).refused.values()
  if (refusal !== undefined) throw new Error(`the database refuses an event: ${refusal}`)
}

/** Sums the minutes of one image and hour after another. */
class MinuteSums {
  readonly #log: Log
  readonly #writer: RollupWriter
  #hour = ''
  #sums = new Map<string, { bucket: Bucket; sum: Sum }>()

  constructor(log: Log, writer: RollupWriter) {
    this.#log = log
    this.#writer = writer
  }

  async add(event: LoggedEvent): Promise<void> {
    const { imageId, at, automated } = event
    const hour = bucketKey(bucketOf(imageId, 'hour', at))
    if (hour !== this.#hour) await this.flush()
    this.#hour = hour
    const bucket = bucketOf(imageId, 'minute', at)
    const minute = this.#sums.get(bucketKey(bucket)) ?? { bucket, sum: new Sum() }
    this.#sums.set(bucketKey(bucket), minute)
    if (!automated) minute.sum.addEvents(groupOf(event, this.#log.hashPerson))
  }

  async flush(): Promise<void> {
    for (const { bucket, sum } of this.#sums.values()) await this.#writer.add({ bucket, parts: sum.parts() })
    this.#sums.clear()
  }
}
