import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Cron } from 'croner'
import type { FastifyBaseLogger } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import type { Handles } from '../../database/connect.ts'
import { giveLease, takeLease } from '../../database/lease.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import type { LoggedEvent } from '../../events/event.ts'
import type { FlushParts } from '../../events/ingest/flush.ts'
import type { Projection } from '../../events/ingest/projections.ts'
import type { ReadableLog } from '../../events/log/log.ts'
import { endOf, startOf } from '../../events/marks/buckets.ts'
import { putMarks } from '../../events/marks/marks.ts'
import { type Findings, recordAudit } from './last-audit.ts'
import { type Hours, verify } from './verify.ts'

const JOB = 'audit'
const NIGHTLY = '15 3 * * *'
const DAY_MS = 86_400_000
const LEASE_MS = 10 * 60_000
const BATCH_SIZE = 1_000

type AuditParts = { log: ReadableLog } & Pick<FlushParts, 'projections' | 'images' | 'erased'>

/**
 * Nightly comparison of the log with the roll-ups, for two days: the one that has just ended, and the one that has just left the
 * acceptance window, for which no event can arrive any more. Buckets that differ are logged, counted and marked. The events of
 * those days are applied to the projections again, except those of deleted images and erased people.
 */
export class Audit {
  readonly #database: Handles
  readonly #parts: AuditParts
  readonly #window: number
  readonly #logger: FastifyBaseLogger
  readonly #differences: Counter
  readonly #holder = randomUUID()
  readonly #stop = new AbortController()
  #cron: Cron | undefined
  #running: Promise<unknown> = Promise.resolve()

  /** @param window the acceptance window: how old an arriving event may be, in ms */
  constructor(database: Handles, parts: AuditParts, window: number, logger: FastifyBaseLogger, registry: Registry) {
    this.#database = database
    this.#parts = parts
    this.#window = window
    this.#logger = logger
    this.#differences = new Counter({
      name: 'glance_audit_differences_total',
      help: 'Buckets whose roll-up differed from the log in an audit',
      registers: [registry],
    })
  }

  /** Schedules the nightly audits. */
  start(): void {
    this.#cron = new Cron(NIGHTLY, { timezone: 'UTC', unref: true }, () => {
      this.#running = this.#night().catch(err => {
        if (!this.#stop.signal.aborted) this.#logger.error({ err }, 'the nightly audit failed')
      })
    })
  }

  /** Stops the schedule and a running audit. */
  async stop(): Promise<void> {
    this.#cron?.stop()
    this.#stop.abort()
    await this.#running
  }

  /** Audits the two days that are due at that time, and records what it has found. */
  async run(now: Date): Promise<Findings> {
    const findings: Findings = { differences: 0, reapplied: 0 }
    for (const last of [now.getTime(), now.getTime() - this.#window]) {
      const to = startOf('day', new Date(last))
      const day = { from: new Date(to.getTime() - DAY_MS), to }
      await this.#markDifferences(day, findings)
      await this.#reapplyEvents(day, findings)
    }
    await recordAudit(this.#database.db, new Date(), findings)
    return findings
  }

  async #night(): Promise<void> {
    const { db } = this.#database
    if (!(await takeLease(db, JOB, this.#holder, LEASE_MS))) return
    try {
      this.#logger.info(await this.run(new Date()), 'the nightly audit is done')
    } finally {
      await giveLease(db, JOB, this.#holder)
    }
  }

  async #markDifferences(day: Hours, findings: Findings): Promise<void> {
    const { db, client } = this.#database
    const options = { rest: this.#pace() }
    for await (const difference of verify(day, { db, log: this.#parts.log }, client, options)) {
      const { bucket, expected, found, isWaiting } = difference
      if (isWaiting) continue
      this.#logger.error({ bucket, expected, found }, 'a roll-up differs from the log; it will be rolled up again')
      this.#differences.inc()
      findings.differences++
      await putMarks(db, [bucket])
    }
  }

  async #reapplyEvents({ from, to }: Hours, findings: Findings): Promise<void> {
    const rest = this.#pace()
    const { projections, images, erased } = this.#parts
    for (let hour = from; hour < to; hour = endOf('hour', hour)) {
      for await (const batch of this.#batches({ from: hour, to: endOf('hour', hour) })) {
        const known = await images.lookUp(new Set(batch.map(({ imageId }) => imageId)))
        const gone = await erased.list()
        const existing = batch.filter(({ imageId, person }) => known.has(imageId) && !gone.has(person))
        await applyAgain(existing, projections)
        findings.reapplied += existing.length
        await rest()
      }
    }
  }

  async *#batches({ from, to }: Hours): AsyncGenerator<LoggedEvent[]> {
    const { log, projections } = this.#parts
    let batch: LoggedEvent[] = []
    for await (const event of log.read({ at: { $gte: from, $lt: to } }, [], SCAN_LIMIT)) {
      if (!projections.some(projection => projection.handles(event))) continue
      batch.push(event)
      if (batch.length < BATCH_SIZE) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }

  /** Returns a pause as long as the work since the last pause, which limits the load; it throws when the audit is stopped. */
  #pace(): () => Promise<void> {
    let started = performance.now()
    return async () => {
      await pause(performance.now() - started, undefined, { signal: this.#stop.signal })
      started = performance.now()
    }
  }
}

async function applyAgain(events: LoggedEvent[], projections: Projection[]): Promise<void> {
  for (const projection of projections) {
    const wanted = events.filter(event => projection.handles(event))
    if (wanted.length > 0) await projection.update(wanted)
  }
}
