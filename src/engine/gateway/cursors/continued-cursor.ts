import { BSON } from 'mongodb'
import type pg from 'pg'
import { nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { bytesOf, queryOnce } from '../sql.ts'
import type { Cursor, NextPage, Page } from './cursor.ts'

/** A cursor of DocumentDB, which returns a continuation with each page. It is used where the order of documents is not defined. */
export class ContinuedCursor implements Cursor {
  readonly namespace: string
  readonly #id: string
  readonly #pool: pg.Pool
  #continuation: Buffer

  constructor(id: string, namespace: string, continuation: Buffer, pool: pg.Pool) {
    this.namespace = namespace
    this.#id = id
    this.#continuation = continuation
    this.#pool = pool
  }

  async next({ db, raw, run }: NextPage): Promise<Page> {
    const [row] = await run(
      'SELECT cursorpage, continuation FROM documentdb_api.cursor_get_more($1, $2::bytea, $3::bytea)',
      [db, this.#withLongId(raw), this.#continuation],
    )
    const continuation = bytesOf(row?.[1])
    if (continuation) this.#continuation = continuation
    return { reply: bytesOf(row?.[0]) ?? Buffer.alloc(0), isLast: continuation === null }
  }

  /** DocumentDB requires the type long; its ids are small, and drivers send small numbers as int or double. */
  #withLongId(raw: Buffer): Buffer {
    const id = nodeOf(BSON.Long.fromString(this.#id))
    return serializeTree(parseTree(raw).map((value, name) => (name === 'getMore' ? id : value)))
  }

  async close(): Promise<void> {
    await queryOnce(this.#pool, 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])', [`{${this.#id}}`])
  }
}
