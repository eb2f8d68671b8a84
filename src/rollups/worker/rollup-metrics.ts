import type { mongo } from 'mongoose'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Grain } from '../../events/marks/buckets.ts'
import { oldestPending } from './expiry-guard.ts'

/** How long the database may take to say what the metrics ask it, in ms: who collects them does not wait long. */
const SCRAPE_TIME = 2_000

/** What the folder tells of itself. */
export class RollupMetrics {
  readonly rounds: Histogram
  readonly #lag: Histogram
  readonly #failures: Counter

  constructor(db: mongo.Db, registry: Registry) {
    const registers = [registry]
    this.rounds = new Histogram({
      name: 'glance_fold_round_seconds',
      help: 'Time a round of the folder took',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    })
    this.#lag = new Histogram({
      name: 'glance_fold_lag_seconds',
      help: 'Time from when a mark was first seen to when its bucket was summed',
      labelNames: ['grain'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 120, 600],
      registers,
    })
    this.#failures = new Counter({
      name: 'glance_fold_failures_total',
      help: 'Buckets that could not be summed and were put back',
      registers,
    })
    new Gauge({
      name: 'glance_oldest_mark_age_seconds',
      help: 'Age of the oldest minute or hour that waits to be summed',
      registers,
      async collect() {
        try {
          const oldest = await oldestPending(db, { timeoutMS: SCRAPE_TIME })
          this.set(oldest ? (Date.now() - oldest.getTime()) / 1000 : 0)
        } catch {
          // The value is left out: the page is needed most when the database is gone.
          this.remove()
        }
      },
    })
  }

  /** @param lag in ms; undefined where it was summed for this mark before */
  rolledUp(grain: Grain, lag: number | undefined): void {
    if (lag !== undefined) this.#lag.observe({ grain }, lag / 1000)
  }

  failed(): void {
    this.#failures.inc()
  }
}
