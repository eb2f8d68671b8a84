import type { Handles } from '../../database/connect.ts'
import { readHorizons } from '../retention-horizons.ts'
import { type DueMark, rollUpMarks, type WorkerParts } from './roll-up-marks.ts'

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
  offer(due: DueMark): void {
    this.#running ??= this.#rollUp(due)
      .catch(err => this.#parts.logger.error({ err, bucket: due.mark._id }, 'rolling up a slow bucket failed'))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Resolves when the lane is free. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #rollUp(due: DueMark): Promise<void> {
    const { db, log, schedule } = this.#parts
    await this.#database.client.withSession({ causalConsistency: true }, async session => {
      await readHorizons(db, log, session)
      schedule.note(await rollUpMarks([due], this.#parts, session))
    })
  }
}
