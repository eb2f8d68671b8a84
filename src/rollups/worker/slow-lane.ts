import type { Handles } from '../../database/connect.ts'
import { readHorizons } from '../retention-horizons.ts'
import { type DueBucket, markAbove, rollUpMarks, type WorkerParts } from './roll-up-marks.ts'

/** Folds what takes long beside the rounds, one bucket at a time, so that it holds nobody up. */
export class SlowLane {
  readonly #database: Handles
  readonly #parts: WorkerParts
  #running: Promise<void> | undefined

  constructor(database: Handles, parts: WorkerParts) {
    this.#database = database
    this.#parts = parts
  }

  /** Takes a bucket if the lane is free; if not, it comes round. */
  offer(due: DueBucket): void {
    this.#running ??= this.#fold(due)
      .catch(err => this.#parts.logger.error({ err, bucket: due.bucket }, 'a slow fold failed'))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Ends when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #fold(due: DueBucket): Promise<void> {
    const { db, log, schedule } = this.#parts
    await this.#database.client.withSession({ causalConsistency: true }, async session => {
      await readHorizons(db, log, session)
      const { marks } = await rollUpMarks([due], this.#parts, session)
      // No round takes along what is above it.
      schedule.note(due.settled ? marks : await markAbove([due.bucket], db, session))
    })
  }
}
