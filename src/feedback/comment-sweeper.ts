import { Cron } from 'croner'
import type { FastifyBaseLogger } from 'fastify'
import { isGone } from '../events/own-events.ts'
import { type Comment, comments } from './comment.ts'
import { type CommentParts, settle } from './post-comment.ts'

const EVERY_MINUTE = '* * * * *'
/** A comment that is pending for so long has nobody behind it, in ms. */
const FORGOTTEN = 60_000
const AT_ONCE = 100

/** Finishes comments whose process died on the way; in several processes at once it is harmless. */
export class CommentSweeper {
  readonly #parts: CommentParts
  readonly #logger: FastifyBaseLogger
  #cron: Cron | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(parts: CommentParts, logger: FastifyBaseLogger) {
    this.#parts = parts
    this.#logger = logger
  }

  start(): void {
    this.#cron = new Cron(EVERY_MINUTE, { unref: true, protect: true }, () => {
      this.#running = this.sweep().catch(err => this.#logger.error({ err }, 'the sweep of comments failed'))
      return this.#running
    })
  }

  async stop(): Promise<void> {
    this.#cron?.stop()
    await this.#running
  }

  /** Finishes those that were pending a minute before `now`, some at a time. */
  async sweep(now = Date.now()): Promise<void> {
    const forgotten = await comments(this.#parts.database.connection)
      .find({ pendingSince: { $lt: new Date(now - FORGOTTEN) } })
      .sort({ pendingSince: 1 })
      .limit(AT_ONCE)
      .lean<Comment[]>()
    for (const comment of forgotten) {
      await settle(comment, this.#parts).catch(error => {
        if (!isGone(error)) throw error
      })
    }
  }
}
