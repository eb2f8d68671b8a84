import type { mongo } from 'mongoose'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { limitedTo } from '../../database/time-limits.ts'
import { type Grain, SITE } from '../../events/marks/buckets.ts'
import { pendingSince } from '../../events/marks/marks.ts'

/** Database timeout of the metrics page: Prometheus gives up on a slow scrape. */
const SCRAPE_TIMEOUT_MS = 2_000

/** Prometheus metrics of the roll-up worker. */
export class RollupMetrics {
  readonly rounds: Histogram
  readonly #lag: Histogram
  readonly #failures: Counter
  readonly #eventsRead: Counter

  constructor(db: mongo.Db, registry: Registry) {
    const registers = [registry]
    this.rounds = new Histogram({
      name: 'glance_fold_round_seconds',
      help: 'Duration of a round of the roll-up worker',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    })
    this.#lag = new Histogram({
      name: 'glance_fold_lag_seconds',
      help: 'Time from the first sight of a mark until its bucket was rolled up',
      labelNames: ['grain'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 120, 600],
      registers,
    })
    this.#failures = new Counter({
      name: 'glance_fold_failures_total',
      help: 'Buckets whose roll-up failed and will be retried',
      registers,
    })
    this.#eventsRead = new Counter({
      name: 'glance_rollup_events_read_total',
      help: 'Events that roll-ups have read from the log; beside glance_events_stored_total it tells how often each is read',
      registers,
    })
    new Gauge({
      name: 'glance_oldest_mark_age_seconds',
      help: 'Age of the oldest event time that may be missing from a roll-up',
      registers,
      async collect() {
        try {
          const oldest = await pendingSince(db, SITE, limitedTo(SCRAPE_TIMEOUT_MS))
          this.set(oldest ? (Date.now() - oldest.getTime()) / 1000 : 0)
        } catch {
          // Without a database the gauge has no value, but the metrics page still answers.
          this.remove()
        }
      },
    })
  }

  /**
   * Records a roll-up.
   * @param lag from the first sight of the mark, in ms; undefined when the bucket was rolled up for this mark before
   */
  rolledUp(grain: Grain, lag: number | undefined): void {
    if (lag !== undefined) this.#lag.observe({ grain }, lag / 1000)
  }

  /** Records that roll-ups have read so many events from the log. */
  eventsRead(count: number): void {
    this.#eventsRead.inc(count)
  }

  /** Records a failed roll-up. */
  failed(): void {
    this.#failures.inc()
  }
}
