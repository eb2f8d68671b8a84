import type { Handles } from '../database/connect.ts'
import { readFloors } from './floors.ts'
import { type DueMark, type FolderParts, foldMarks } from './fold-marks.ts'

/** Folds what takes long beside the rounds, one bucket at a time, so that it holds nobody up. */
export class SlowLane {
  readonly #database: Handles
  readonly #parts: FolderParts
  #running: Promise<void> | undefined

  constructor(database: Handles, parts: FolderParts) {
    this.#database = database
    this.#parts = parts
  }

  /** Takes a mark if the lane is free; if not, the mark comes round. */
  offer(due: DueMark): void {
    this.#running ??= this.#fold(due)
      .catch(err => this.#parts.logger.error({ err, bucket: due.mark._id }, 'a slow fold failed'))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Ends when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #fold(due: DueMark): Promise<void> {
    const { db, log, memory } = this.#parts
    await this.#database.client.withSession({ causalConsistency: true }, async session => {
      await readFloors(db, log, session)
      memory.note(await foldMarks([due], this.#parts, session))
    })
  }
}
