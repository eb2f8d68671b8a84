import { createHash } from 'node:crypto'
import type { mongo } from 'mongoose'
import { ConfigError } from '../../config/config-error.ts'
import { CURRENT_READ, MAJORITY } from '../../database/connect.ts'
import { EVENTS } from '../../events/log/log.ts'
import { FEEDBACK } from '../../feedback/feedback.ts'
import { ROLLUPS } from '../../rollups/rollup.ts'
import { MANIFEST } from '../manifest.ts'
import type { Store } from '../store/store.ts'

/** What is restored; a database with none of it counts as empty. */
const RESTORED = [EVENTS, ROLLUPS, FEEDBACK, 'marks']

const ID = 'restore'

interface StateDocument {
  _id: typeof ID
  /** SHA-256 of the manifest. */
  archive: string
  /** Paths of the files that are restored. */
  done: string[]
}

/** How far a restore has come. It is kept in the database, so that one that was killed goes on. */
export class RestoreState {
  readonly #states: mongo.Collection<StateDocument>
  readonly #archive: string
  readonly #done: Set<string>

  private constructor(states: mongo.Collection<StateDocument>, { archive, done }: Omit<StateDocument, '_id'>) {
    this.#states = states
    this.#archive = archive
    this.#done = new Set(done)
  }

  /**
   * Reads how far the restore of an archive has come; one that has not begun has nothing done.
   * @throws Error when there is no archive; when the database is not empty, or holds a part of another archive
   */
  static async read(db: mongo.Db, store: Store): Promise<RestoreState> {
    const manifest = await store.read(MANIFEST)
    if (!manifest) throw new Error(`${store.name} holds no archive: there is no ${MANIFEST}`)
    const archive = createHash('sha256').update(manifest).digest('hex')
    const states = statesOf(db)
    const state = await states.findOne({ _id: ID }, CURRENT_READ)
    if (!state) await refuseFilled(db)
    else if (state.archive !== archive) {
      throw new Error(
        `the database ${db.databaseName} holds a part of another archive, or of another state of this one: set DATABASE to the name of a new one`,
      )
    }
    return new RestoreState(states, state ?? { archive, done: [] })
  }

  /** Notes that the restore begins. */
  async begin(): Promise<void> {
    const begun = { $setOnInsert: { archive: this.#archive, done: [] } }
    await this.#states.updateOne({ _id: ID }, begun, { upsert: true, writeConcern: MAJORITY })
  }

  /** Whether a file is restored. */
  isDone(path: string): boolean {
    return this.#done.has(path)
  }

  /** Notes that a file is restored. */
  async note(path: string): Promise<void> {
    await this.#states.updateOne({ _id: ID }, { $push: { done: path } }, { writeConcern: MAJORITY })
  }

  /** Notes that all is restored: from now on the database is like any other. */
  async end(): Promise<void> {
    await this.#states.deleteOne({ _id: ID }, { writeConcern: MAJORITY })
  }
}

/** @throws ConfigError when a restore into the database was begun and is not over */
export async function refuseHalfRestored(db: mongo.Db): Promise<void> {
  if (await statesOf(db).findOne({ _id: ID }, CURRENT_READ)) {
    throw new ConfigError([
      `the database ${db.databaseName} is only partly restored: run \`npm run restore\` again, and it goes on`,
    ])
  }
}

function statesOf(db: mongo.Db): mongo.Collection<StateDocument> {
  return db.collection<StateDocument>('leases')
}

async function refuseFilled(db: mongo.Db): Promise<void> {
  for (const name of RESTORED) {
    if (await db.collection(name).findOne({}, { ...CURRENT_READ, projection: { _id: 1 } }))
      throw new Error(
        `the database ${db.databaseName} is not empty, it has ${name}: set DATABASE to the name of a new one`,
      )
  }
}
