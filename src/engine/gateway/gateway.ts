import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { BSON } from 'mongodb'
import type pg from 'pg'
import { KeyedMutex } from '../../lib/keyed-mutex.ts'
import type { Credentials } from '../options.ts'
import { Authentication } from './authentication/authentication.ts'
import { storedPassword } from './authentication/scram.ts'
import type { Context } from './commands/command.ts'
import { commands, transactionCommands } from './commands/commands.ts'
import { copyRows } from './copy.ts'
import { CursorConnections } from './cursors/cursor-connections.ts'
import { OpenCursors } from './cursors/open-cursors.ts'
import { CommandError, commandError, errorReply, isTransient } from './errors/command-error.ts'
import { BAD_VALUE } from './errors/error-codes.ts'
import { type Operation, Operations } from './operations.ts'
import { ClusterClock, withClusterTime } from './protocol/cluster-time.ts'
import { serve } from './protocol/connection.ts'
import { withDoubleOk } from './protocol/reply.ts'
import { type Request, sessionId, withCommand } from './protocol/request.ts'
import { fixedReplies, hello, type ServerFacts } from './server-commands.ts'
import { checkConcerns } from './sessions/concerns.ts'
import { prepareRetryableWrites, removeExpiredReplies } from './sessions/retryable-writes.ts'
import { Transactions } from './sessions/transactions.ts'
import { createPool, onceOnPool, type PostgresServer, query, queryOnce, retrying, setTimeLimit } from './sql.ts'
import { rewriteCommand, rewriteSequence } from './workarounds/commands.ts'

interface GatewayOptions {
  postgres: PostgresServer
  credentials: Credentials
  /** 0 or undefined selects a free port. */
  port?: number
  /** The name of the replica set. */
  replicaSet: string
}

interface Gateway {
  port: number
  close(): Promise<void>
}

/** Sends a statement on a connection of the command, and returns its result. */
type Send = <Result>(statement: (client: pg.ClientBase) => Promise<Result>) => Promise<Result>

const SWEEP_INTERVAL_MS = 60_000
const COMMAND_NOT_FOUND = 59
const OPERATION_NOT_SUPPORTED_IN_TRANSACTION = 263

/**
 * Starts a server on loopback that speaks MongoDB's wire protocol and translates commands into statements for PostgreSQL with the
 * DocumentDB extension. Clients authenticate with SCRAM-SHA-256.
 * @throws Error when it can not listen on the port
 */
export async function startGateway({ postgres, credentials, port = 0, replicaSet }: GatewayOptions): Promise<Gateway> {
  const pool = createPool(postgres.address)
  await prepareRetryableWrites(pool)
  const password = storedPassword(credentials)
  // Apart from the other connections, so that idle transactions do not delay other commands.
  const transactionPool = createPool(postgres.address)
  const transactions = new Transactions(transactionPool)
  const cursors = new OpenCursors()
  const cursorConnections = new CursorConnections(postgres.address)
  const mutex = new KeyedMutex()
  const operations = new Operations(pool)
  const clock = new ClusterClock()
  const sockets = new Set<Socket>()
  let address = ''

  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const authentication = new Authentication(password)
    void serve(socket, async request => {
      const reply = withDoubleOk(await answer(request, authentication))
      return withClusterTime(reply, clock.now())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const boundPort = (server.address() as AddressInfo).port
  address = `127.0.0.1:${boundPort}`
  const sweeper = setInterval(() => {
    cursors.closeExpired().catch(() => undefined)
    removeExpiredReplies(pool).catch(() => undefined)
  }, SWEEP_INTERVAL_MS)
  sweeper.unref()

  async function answer(request: Request, authentication: Authentication): Promise<Buffer | BSON.Document> {
    try {
      return await reply(request, authentication)
    } catch (error) {
      if (request.inTransaction && request.session) await transactions.abort(request.session)
      return errorReply(commandError(error, request))
    }
  }

  async function reply(request: Request, authentication: Authentication): Promise<Buffer | BSON.Document> {
    const { name, session = '', txnNumber = 0n } = request
    if (name === 'hello' || name === 'isMaster' || name === 'ismaster') {
      return { ...hello(address, replicaSet, postgres.isUp()), ...authentication.handshake(request) }
    }
    const authenticationReply = authentication.reply(request)
    if (authenticationReply) return authenticationReply
    authentication.check(name)
    if (name === 'ping') return queryOnce(pool, 'SELECT 1').then(() => ({ ok: 1 }))
    const fixedReply = Object.hasOwn(fixedReplies, name) ? fixedReplies[name] : undefined
    if (fixedReply) return fixedReply(factsOf(), request.body)
    if (name === 'killSessions' || name === 'killAllSessions') return killSessions(request)
    if (name === 'commitTransaction') return transactions.commit(session, txnNumber).then(() => ({ ok: 1 }))
    if (name === 'abortTransaction') return transactions.abort(session).then(() => ({ ok: 1 }))
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!command) throw new CommandError(COMMAND_NOT_FOUND, `no such command: '${name}'`)
    if (request.inTransaction && !transactionCommands.has(name)) {
      throw new CommandError(
        OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
        `Cannot run '${name}' in a multi-document transaction.`,
      )
    }
    if (request.hasFurtherSequences) throw new CommandError(BAD_VALUE, `${name} takes one document sequence`)
    checkConcerns(request)
    const raw = rewriteCommand(name, request.raw)
    const sequence = rewriteSequence(name, request.sequence)
    const rewritten = withCommand(request, raw, sequence)
    const result = await operations.run(request, async operation => command(rewritten, await contextOf(operation)))
    if (request.inTransaction && !Buffer.isBuffer(result) && result.writeErrors) await failTransaction(session, result)
    return result
  }

  function factsOf(): ServerFacts {
    const names = [...Object.keys(commands), ...Object.keys(fixedReplies)]
    return { address, setName: replicaSet, isUp: postgres.isUp(), commands: names }
  }

  /** Aborts the transactions of the sessions that the command names, or of all sessions. */
  async function killSessions({ name, body }: Request): Promise<BSON.Document> {
    const sessions: { id?: unknown }[] = body[name] ?? []
    if (name === 'killAllSessions' || sessions.length === 0) await transactions.abortAll()
    else for (const { id } of sessions) await transactions.abort(sessionId(id) ?? '')
    return { ok: 1 }
  }

  /**
   * Aborts a transaction after a write error.
   * @throws CommandError when the error is transient: then the whole command fails, so that the client retries the transaction
   */
  async function failTransaction(session: string, { writeErrors: [first] }: BSON.Document): Promise<void> {
    if (isTransient(first.code)) throw new CommandError(first.code, first.errmsg)
    await transactions.abort(session)
  }

  async function contextOf(operation: Operation): Promise<Context> {
    const { request } = operation
    const { inTransaction, session = '', txnNumber = 0n, body, timeoutMs } = request
    const onConnection = (connection: pg.ClientBase) => {
      operation.connection = connection
    }
    const parts = { pool, cursors, cursorConnections, mutex, operations, onConnection }
    const sending = (send: Send): Context => ({
      ...parts,
      run: (text, values) => send(client => query(client, text, values)),
      copy: text => send(client => copyRows(client, text)),
    })
    if (!inTransaction) {
      const options = { timeoutMs, onConnection }
      // Another operation uses the connection next.
      const onEnd = () => {
        operation.connection = undefined
      }
      return sending(statement => retrying(() => onceOnPool(pool, statement, options)).finally(onEnd))
    }
    const client =
      body.startTransaction === true
        ? await transactions.begin(session, txnNumber)
        : transactions.client(session, txnNumber)
    onConnection(client)
    return sending(statement => setTimeLimit(client, timeoutMs).then(() => statement(client)))
  }

  return {
    port: boundPort,
    async close() {
      clearInterval(sweeper)
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await cursorConnections.close()
      await Promise.all([pool.end(), transactionPool.end()])
    },
  }
}
