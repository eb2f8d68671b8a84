import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { BSON } from 'mongodb'
import { KeyedMutex } from '../../lib/keyed-mutex.ts'
import type { Credentials } from '../options.ts'
import { Authentication } from './authentication/authentication.ts'
import { storedPassword } from './authentication/scram.ts'
import { type Context, commands, deleteCursors } from './commands.ts'
import { Cursors } from './cursors.ts'
import { CommandError, commandError, errorReply, isTransient } from './errors/command-error.ts'
import { serve } from './protocol/connection.ts'
import type { Request } from './protocol/request.ts'
import { fixedReplies, hello } from './server-commands.ts'
import { createPool, type PostgresServer, query, queryPatiently } from './sql.ts'
import { Transactions } from './transactions.ts'

interface GatewayOptions {
  postgres: PostgresServer
  credentials: Credentials
  /** 0 or none is any that is free. */
  port?: number
  replicaSet: string
}

interface Gateway {
  port: number
  close(): Promise<void>
}

const SWEEP = 60_000

/** Speaks MongoDB's wire protocol on loopback for a PostgreSQL with the DocumentDB extension, to who knows the password. */
export async function startGateway({ postgres, credentials, port = 0, replicaSet }: GatewayOptions): Promise<Gateway> {
  const pool = createPool(postgres.address)
  const password = storedPassword(credentials)
  const transactions = new Transactions(pool)
  const cursors = new Cursors()
  const mutex = new KeyedMutex()
  const sockets = new Set<Socket>()
  let address = ''

  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const authentication = new Authentication(password)
    void serve(socket, request => answer(request, authentication))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const bound = (server.address() as AddressInfo).port
  address = `127.0.0.1:${bound}`
  const sweep = setInterval(() => {
    const ids = cursors.expired()
    if (ids.length > 0) deleteCursors(pool, ids).catch(() => undefined)
  }, SWEEP)
  sweep.unref()

  async function answer(request: Request, authentication: Authentication): Promise<Buffer | BSON.Document> {
    try {
      return await reply(request, authentication)
    } catch (error) {
      if (request.inTransaction && request.session) await transactions.abort(request.session)
      return errorReply(commandError(error, request))
    }
  }

  async function reply(request: Request, authentication: Authentication): Promise<Buffer | BSON.Document> {
    const { name, session = '', number = 0n } = request
    if (name === 'hello' || name === 'isMaster' || name === 'ismaster') {
      return { ...hello(address, replicaSet, postgres.isUp()), ...authentication.handshake(request) }
    }
    const authenticated = authentication.reply(request)
    if (authenticated) return authenticated
    authentication.check(name)
    if (name === 'ping') return query(pool, 'SELECT 1', []).then(() => ({ ok: 1 }))
    const fixed = fixedReplies[name]
    if (fixed) return fixed()
    if (name === 'commitTransaction') return transactions.commit(session, number).then(() => ({ ok: 1 }))
    if (name === 'abortTransaction') return transactions.abort(session).then(() => ({ ok: 1 }))
    const command = commands[name]
    if (!command) throw new CommandError(59, `no such command: '${name}'`)
    const done = await command(request, await contextOf(request))
    if (request.inTransaction && !Buffer.isBuffer(done) && done.writeErrors) await failTransaction(session, done)
    return done
  }

  /** A write error ends its transaction; a conflict is not the item's fault but the command's, and can be tried again. */
  async function failTransaction(session: string, { writeErrors: [first] }: BSON.Document): Promise<void> {
    if (isTransient(first.code)) throw new CommandError(first.code, first.errmsg)
    await transactions.abort(session)
  }

  async function contextOf({ inTransaction, session = '', number = 0n, body, timeout }: Request): Promise<Context> {
    const parts = { pool, cursors, mutex }
    if (!inTransaction) return { ...parts, run: (text, values) => queryPatiently(pool, text, values, timeout) }
    const client =
      body.startTransaction === true ? await transactions.begin(session, number) : transactions.client(session, number)
    return { ...parts, run: (text, values) => query(client, text, values) }
  }

  return {
    port: bound,
    async close() {
      clearInterval(sweep)
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await pool.end()
    },
  }
}
