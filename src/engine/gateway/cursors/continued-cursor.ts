import { BSON } from 'mongodb'
import pg from 'pg'
import { nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { bytesLiteral, queryOnce } from '../sql.ts'
import type { Cursor, NextPage, Page } from './cursor.ts'

/** A cursor of DocumentDB, which returns a continuation with each page. It is used where the order of documents is not defined. */
export class ContinuedCursor implements Cursor {
  readonly namespace: string
  readonly #id: bigint
  readonly #pool: pg.Pool
  #continuation: Buffer

  constructor(id: bigint, namespace: string, continuation: Buffer, pool: pg.Pool) {
    this.namespace = namespace
    this.#id = id
    this.#continuation = continuation
    this.#pool = pool
  }

  async next({ db, raw, copy }: NextPage): Promise<Page> {
    const values = [pg.escapeLiteral(db), bytesLiteral(this.#withLongId(raw)), bytesLiteral(this.#continuation)]
    const call = `documentdb_api.cursor_get_more(${values.join(', ')})`
    const [[page, continuation = null] = []] = await copy(`SELECT cursorpage, continuation FROM ${call}`)
    if (continuation) this.#continuation = continuation
    return { reply: page ?? Buffer.alloc(0), isLast: continuation === null }
  }

  /** DocumentDB requires the type long; its ids are small, and drivers send small numbers as int or double. */
  #withLongId(raw: Buffer): Buffer {
    const id = nodeOf(BSON.Long.fromBigInt(this.#id))
    return serializeTree(parseTree(raw).map((value, name) => (name === 'getMore' ? id : value)))
  }

  async close(): Promise<void> {
    await queryOnce(this.#pool, 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])', [`{${this.#id}}`])
  }
}
