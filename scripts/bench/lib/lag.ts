import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { rollups } from '../../../src/rollups/rollup.ts'
import { postBatch, watchedImages } from './load.ts'
import { quantile } from './quantile.ts'

const BATCH_SIZE = 100
const POLL_INTERVAL_MS = 100
const LANES = 8

interface Lag {
  /** Time from the response to an event until the total of its image contains it, in ms. */
  p50: number
  p99: number
  /** Accepted events per second. */
  rate: number
}

/** The number of events of an image that were accepted by a time, in ms. */
interface Accepted {
  at: number
  count: number
}

/** Posts at a steady rate and measures how far the totals of some images lag behind. @param rate in events per second */
export async function lagAt(url: string, db: mongo.Db, rate: number, seconds: number): Promise<Lag> {
  const before = await totals(db)
  const acceptedEvents: Accepted[][] = watchedImages.map(() => [])
  const lags: number[] = []
  const started = performance.now()
  const ends = started + seconds * 1_000
  let accepted = 0
  const posting = async (lane: number) => {
    for (let turn = lane; performance.now() < ends; turn += LANES) {
      await pause(Math.max(0, started + (turn * BATCH_SIZE * 1_000) / rate - performance.now()))
      const watched = await postBatch(url)
      if (!watched) continue
      accepted += BATCH_SIZE
      const at = performance.now()
      for (const [i, n] of watched.entries()) {
        if (n > 0) acceptedEvents[i]?.push({ at, count: (acceptedEvents[i]?.at(-1)?.count ?? 0) + n })
      }
    }
  }
  const sampling = async () => {
    while (performance.now() < ends) {
      await pause(POLL_INTERVAL_MS)
      const now = performance.now()
      for (const [i, total] of (await totals(db)).entries()) {
        // The oldest response whose events are not all in the total yet.
        const waiting = acceptedEvents[i]?.find(({ count }) => count > total - (before[i] ?? 0))
        lags.push(waiting ? now - waiting.at : 0)
      }
    }
  }
  await Promise.all([...Array.from({ length: LANES }, (_, lane) => posting(lane)), sampling()])
  return { p50: quantile(lags), p99: quantile(lags, 0.99), rate: accepted / seconds }
}

/** Returns the number of events in the total of each watched image. */
async function totals(db: mongo.Db): Promise<number[]> {
  const filter = { imageId: { $in: watchedImages }, '_id.grain': 'total' as const }
  const found = new Map<string, number>()
  for await (const { imageId, counts } of rollups(db).find(filter)) {
    found.set(
      imageId,
      Object.values(counts).reduce((sum, count) => sum + count, 0),
    )
  }
  return watchedImages.map(id => found.get(id) ?? 0)
}
