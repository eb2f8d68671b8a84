import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { rollups } from '../../src/rollups/rollup.ts'
import { postHundred, watchedImages } from './lib/load.ts'
import { quantile } from './lib/quantile.ts'

const EVERY = 100
const LANES = 8

interface Lag {
  /** How long after its answer an event is in its image's total, in ms. */
  p50: number
  p99: number
  /** Events a second that went in. */
  rate: number
}

/** So many events of an image had been answered by then. */
interface Answered {
  at: number
  count: number
}

/** Posts at a steady rate and looks how far the totals of some images are behind. */
export async function lagAt(url: string, db: mongo.Db, rate: number, seconds: number): Promise<Lag> {
  const before = await totals(db)
  const answered: Answered[][] = watchedImages.map(() => [])
  const lags: number[] = []
  const started = performance.now()
  const ends = started + seconds * 1_000
  let accepted = 0
  const posting = async (lane: number) => {
    for (let turn = lane; performance.now() < ends; turn += LANES) {
      await pause(Math.max(0, started + (turn * 100_000) / rate - performance.now()))
      const watched = await postHundred(url)
      if (!watched) continue
      accepted += 100
      const at = performance.now()
      for (const [i, n] of watched.entries()) {
        if (n > 0) answered[i]?.push({ at, count: (answered[i]?.at(-1)?.count ?? 0) + n })
      }
    }
  }
  const watching = async () => {
    while (performance.now() < ends) {
      await pause(EVERY)
      const now = performance.now()
      for (const [i, total] of (await totals(db)).entries()) {
        // The oldest answer whose events are not all in the sum yet.
        const waiting = answered[i]?.find(({ count }) => count > total - (before[i] ?? 0))
        lags.push(waiting ? now - waiting.at : 0)
      }
    }
  }
  await Promise.all([...Array.from({ length: LANES }, (_, lane) => posting(lane)), watching()])
  return { p50: quantile(lags), p99: quantile(lags, 0.99), rate: accepted / seconds }
}

/** The total of each watched image. */
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
