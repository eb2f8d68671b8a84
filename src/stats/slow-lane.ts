import type { Handles } from '../database/connect.ts'
import { readFloors } from './floors.ts'
import { type DueBucket, type FolderParts, foldMarks, markAbove } from './fold-marks.ts'

/** Folds what takes long beside the rounds, one bucket at a time, so that it holds nobody up. */
export class SlowLane {
  readonly #database: Handles
  readonly #parts: FolderParts
  #running: Promise<void> | undefined

  constructor(database: Handles, parts: FolderParts) {
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
    const { db, log, memory } = this.#parts
    await this.#database.client.withSession({ causalConsistency: true }, async session => {
      await readFloors(db, log, session)
      const { marks } = await foldMarks([due], this.#parts, session)
      // No round takes along what is above it.
      memory.note(due.settled ? marks : await markAbove([due.bucket], db, session))
    })
  }
}
