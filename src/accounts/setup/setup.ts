import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { mongo } from 'mongoose'
import type { Config } from '../../config/config.ts'
import { CURRENT_READ, type Database } from '../../database/connect.ts'
import { inTransaction } from '../../database/transaction.ts'
import { sendUpserts } from '../../database/writes.ts'
import { Problem } from '../../errors.ts'
import { type KeyedHash, keyedHash } from '../../lib/keyed-hash.ts'
import { insertUser } from '../users/sign-up.ts'
import { type User, users } from '../users/user.ts'
import { isCode, setupCode } from './setup-code.ts'

/** How often the service was set up; more than once if all accounts were erased. */
interface Setups {
  _id: string
  count: number
}

const ID = 'setups'

/** The setup of a service without accounts: a code that only the operator can read makes the first account. */
export class Setup {
  /** Path of the file with the code. */
  readonly file: string
  readonly #database: Database
  readonly #hash: KeyedHash

  constructor(database: Database, hash: KeyedHash, folder: string) {
    this.#database = database
    this.#hash = hash
    this.file = join(folder, 'setup-code')
  }

  /** Whether the service has no account. If it has one, the file with the code is removed. */
  async isNeeded(): Promise<boolean> {
    if (!(await this.#hasAccounts())) return true
    await this.#removeFile()
    return false
  }

  /** Returns the code of the next setup. */
  async code(): Promise<string> {
    return setupCode(await this.#count(), this.#hash)
  }

  /** Whether a given code is that of the next setup. */
  async accepts(given: string): Promise<boolean> {
    return isCode(given, await this.code(), this.#hash)
  }

  /**
   * Stores the first account. Of concurrent setups one succeeds: each changes the number of setups. Killed here, the service still has
   * no account.
   * @throws Problem `setup_done` when the service has an account; `email_taken` when a sign-up has taken the e-mail meanwhile
   */
  async insertFirst(user: User): Promise<void> {
    const { connection, db } = this.#database
    await inTransaction(connection.getClient(), async session => {
      await db.collection<Setups>('leases').updateOne({ _id: ID }, { $inc: { count: 1 } }, { session })
      if (await this.#hasAccounts(session)) throw new Problem('setup_done')
      await insertUser(users(connection), user, session)
    })
    await this.#removeFile()
  }

  /** Removes the file with the code. A file that stays has no effect. */
  async #removeFile(): Promise<void> {
    await rm(this.file, { force: true }).catch(() => undefined)
  }

  async #hasAccounts(session?: mongo.ClientSession): Promise<boolean> {
    const options = { projection: { _id: 1 }, ...(session ? { session } : CURRENT_READ) }
    return (await this.#database.db.collection<User>('users').findOne({}, options)) !== null
  }

  /** Returns the number of setups, for which it makes the document that concurrent setups change. */
  async #count(): Promise<number> {
    const { db } = this.#database
    await sendUpserts(db, 'leases', [{ q: { _id: ID }, u: { $setOnInsert: { count: 0 } } }])
    return (await db.collection<Setups>('leases').findOne({ _id: ID }, CURRENT_READ))?.count ?? 0
  }
}

/** Returns the setup of a service. */
export function openSetup({ dataSecret, engine }: Config, database: Database): Setup {
  return new Setup(database, keyedHash(dataSecret, 'setupCodes'), engine.folder)
}
