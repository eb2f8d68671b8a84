import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { SITE } from '../../src/events/grains.ts'
import { rollups } from '../../src/stats/rollup.ts'
import { postHundred } from './load.ts'

const EVERY = 100

export interface Lag {
  /** How long after its answer an event is in the site's total, in ms. */
  p50: number
  p99: number
  /** Events a second that went in. */
  rate: number
}

/** Posts at a steady rate and looks how far the site's total is behind. */
export async function lagAt(url: string, db: mongo.Db, rate: number, seconds: number): Promise<Lag> {
  const before = await total(db)
  const answered: { at: number; count: number }[] = [{ at: performance.now(), count: 0 }]
  const lags: number[] = []
  const started = performance.now()
  const ends = started + seconds * 1_000
  let accepted = 0
  const posting = async (lane: number, lanes: number) => {
    for (let turn = lane; performance.now() < ends; turn += lanes) {
      await pause(Math.max(0, started + (turn * 100_000) / rate - performance.now()))
      if (!(await postHundred(url))) continue
      accepted += 100
      answered.push({ at: performance.now(), count: accepted })
    }
  }
  const watching = async () => {
    while (performance.now() < ends) {
      await pause(EVERY)
      const summed = (await total(db)) - before
      // The oldest answer whose events are not all in the sum yet.
      const waiting = answered.find(({ count }) => count > summed)
      lags.push(waiting ? performance.now() - waiting.at : 0)
    }
  }
  await Promise.all([...Array.from({ length: 8 }, (_, lane) => posting(lane, 8)), watching()])
  lags.sort((a, b) => a - b)
  const quantile = (q: number) => lags[Math.min(lags.length - 1, Math.floor(lags.length * q))] ?? 0
  return { p50: quantile(0.5), p99: quantile(0.99), rate: accepted / seconds }
}

async function total(db: mongo.Db): Promise<number> {
  const rollup = await rollups(db).findOne({ imageId: SITE, '_id.grain': 'total' })
  return Object.values(rollup?.counts ?? {}).reduce((sum, count) => sum + count, 0)
}
