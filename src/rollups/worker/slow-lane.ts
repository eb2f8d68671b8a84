import type { Handles } from '../../database/connect.ts'
import { readHorizons } from '../retention-horizons.ts'
import { type DueBucket, markAbove, rollUpMarks, type WorkerParts } from './roll-up-marks.ts'

/** Rolls up slow buckets beside the rounds, one at a time, so that they do not delay the others. */
export class SlowLane {
  readonly #database: Handles
  readonly #parts: WorkerParts
  #running: Promise<void> | undefined

  constructor(database: Handles, parts: WorkerParts) {
    this.#database = database
    this.#parts = parts
  }

  /** Starts the roll-up of a bucket if the lane is free; if not, a later round offers it again. */
  offer(due: DueBucket): void {
    this.#running ??= this.#rollUp(due)
      .catch(err => this.#parts.logger.error({ err, bucket: due.bucket }, 'rolling up a slow bucket failed'))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Resolves when the lane is free. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #rollUp(due: DueBucket): Promise<void> {
    const { db, log, schedule } = this.#parts
    await this.#database.client.withSession({ causalConsistency: true }, async session => {
      await readHorizons(db, log, session)
      const { marks } = await rollUpMarks([due], this.#parts, session)
      // No round rolls up the buckets above along with it, so they need marks.
      schedule.note(due.settled ? marks : await markAbove([due.bucket], db, session))
    })
  }
}
