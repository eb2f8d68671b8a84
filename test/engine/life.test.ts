/** Checks the lifecycle of the embedded database: first and later starts, kills of its process and of its server. */
import { readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { MongoClient, type MongoServerError } from 'mongodb'
import t, { type Test } from 'tap'
import { createPool, queryOnce, retrying } from '../../src/engine/gateway/sql.ts'
import { aGateway, aPostgres, killServer, noEmbedded, ownFolder, serversOf } from '../helpers/database/embedded.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'

const skip = noEmbedded
const env = { GLANCE_ENGINE: 'documentdb' }

/** The checkout of all tests that start one: creating a database takes seconds. */
const folder = await ownFolder(t)
/** What `ourPostgres` has said of its end and its restarts. */
const lines: string[] = []
let postgres: ReturnType<typeof aPostgres> | undefined
/** The server of all tests that need no checkout. Its client is lost when a test kills it. */
const ourPostgres = () => (postgres ??= aPostgres(t, { durable: true, progress: line => lines.push(line) }))

async function startEngine(t: Test, folder: string, ...args: string[]) {
  const engine = startScript(t, 'scripts/engine.ts', env, { cwd: folder, words: args })
  const [uri] = await engine.says(/mongodb:\/\/\S+glance/)
  return { ...engine, uri }
}

async function connectTo(t: Test, uri: string): Promise<MongoClient> {
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 60_000 })
  t.teardown(() => client.close())
  return client
}

t.test('acknowledged writes survive kill -9, and no server process remains', { skip }, async t => {
  const engine = await startEngine(t, folder)
  const client = await connectTo(t, engine.uri)
  const things = client.db('life').collection<{ _id: number }>('things')
  for (let i = 0; i < 200; i++) await things.insertOne({ _id: i }, { writeConcern: { w: 'majority' } })

  const second = startScript(t, 'scripts/engine.ts', env, { cwd: folder })
  t.equal(await second.ended(), 1, 'a second start on the same data is refused')
  t.match(second.output(), /^another process uses the data in .*\n$/)

  t.ok((await serversOf(folder)).length > 0)
  await engine.kill('SIGKILL')
  await until('no server process', async () => (await serversOf(folder)).length === 0)

  const restarted = await startEngine(t, folder)
  t.equal(restarted.uri, engine.uri, 'port and password are the same')
  const reader = await connectTo(t, restarted.uri)
  t.equal(await reader.db('life').collection('things').countDocuments(), 200)
  await reader.close()
  t.equal(await restarted.kill('SIGTERM'), 0)
  t.same(await serversOf(folder), [])
  const otherKind = startScript(t, 'scripts/engine.ts', { GLANCE_ENGINE: 'mongod' }, { cwd: folder })
  await otherKind.says(/created by documentdb/)
  t.equal(await otherKind.ended(), 1)
})

t.test(
  'the port is the one that --port names, otherwise that of the last start, or another one if it is in use',
  { skip },
  async t => {
    const first = await startEngine(t, folder)
    const port = Number(new URL(first.uri).port)
    await first.kill('SIGTERM')

    const occupier = createServer()
    await new Promise<void>(resolve => occupier.listen(port, '127.0.0.1', resolve))
    const refused = startScript(t, 'scripts/engine.ts', env, { cwd: folder, words: ['--port', String(port)] })
    t.equal(await refused.ended(), 1)
    t.match(refused.output(), new RegExp(`^port ${port} is in use.*\\n$`))
    const moved = await startEngine(t, folder)
    t.not(new URL(moved.uri).port, String(port))
    await moved.kill('SIGTERM')
    await new Promise(resolve => occupier.close(resolve))

    const back = await startEngine(t, folder, '--port', String(port))
    t.equal(new URL(back.uri).port, String(port))
    await back.kill('SIGTERM')
  },
)

t.test('a stop while the server restarts ends it', { skip }, async t => {
  const engine = await startEngine(t, folder)
  await killServer(join(folder, '.glance/documentdb/cluster'))
  await engine.says(/restarting it/)
  t.equal(await engine.kill('SIGTERM'), 0)
  t.same(await serversOf(folder), [])
})

t.test('the process exits with a one-line message when the server can not be restarted', { skip }, async t => {
  const engine = await startEngine(t, folder)
  const cluster = join(folder, '.glance/documentdb/cluster')
  const pid = await readFile(join(cluster, 'postmaster.pid'), 'utf8')
  await rm(join(cluster, 'global'), { recursive: true })
  process.kill(Number(pid.split('\n')[0]), 'SIGKILL')
  t.equal(await engine.ended(), 1)
  t.match(engine.output(), /^the database server has ended .* can not be restarted: .*global.*$/m)
  t.notMatch(engine.output(), /^ {4}at /m, 'an expected error is logged without a stack trace')
})

t.test('a transaction whose connection is lost is retried by the driver and succeeds', { skip }, async t => {
  const { server, client } = await ourPostgres()
  const { connects } = await aGateway(t, server)
  const mongo = await connects()
  const things = mongo.db('lost').collection<{ _id: string }>('things')
  await things.insertOne({ _id: 'before' })
  let attempts = 0
  await mongo.withSession(session =>
    session.withTransaction(async () => {
      await things.insertOne({ _id: 'inside' }, { session })
      if (attempts++ === 0) {
        const idle = "state = 'idle in transaction'"
        await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${idle}`)
        await until('the connection is gone', async () => {
          const { rows } = await client.query(`SELECT 1 FROM pg_stat_activity WHERE ${idle}`)
          return rows.length === 0
        })
      }
      await things.insertOne({ _id: 'as well' }, { session })
    }),
  )
  t.equal(attempts, 2)
  t.equal(await things.countDocuments({}), 3)
})

t.test('statements wait for a server that refuses connections, instead of failing', { skip }, async t => {
  const { server } = await ourPostgres()
  const host = join(await ownFolder(t), 'sockets')
  const pool = createPool({ ...server.address, host })
  t.teardown(() => pool.end())
  const answer = retrying(() => queryOnce(pool, 'SELECT 1'))
  await t.rejects(pool.connect(), { code: 'ENOENT' })
  await symlink(server.address.host, host)
  t.same(await answer, [['1']])
})

t.test('a killed server is restarted even if one of its processes does not end', { skip }, async t => {
  const { server, client, cluster } = await ourPostgres()
  const { connects } = await aGateway(t, server)
  const things = (await connects()).db('stuck').collection<{ _id: number }>('things')
  await things.insertOne({ _id: 1 })
  const { rows } = await client.query('SELECT pg_backend_pid() AS id')
  process.kill(rows[0].id, 'SIGSTOP')
  await killServer(cluster)
  await things.insertOne({ _id: 2 })
  t.equal(await things.countDocuments(), 2)
})

t.test('a killed server is restarted, and commands that arrive meanwhile succeed', { skip }, async t => {
  const { server, cluster } = await ourPostgres()
  lines.length = 0
  const { connects } = await aGateway(t, server)
  const client = await connects()
  const things = client.db('killed').collection<{ _id: number }>('things')
  for (let kill = 1; kill <= 3; kill++) {
    await killServer(cluster)
    await things.insertOne({ _id: kill })
    t.equal((await things.find().sort({ _id: 1 }).toArray()).length, kill)
  }
  t.match(lines[0], /^the database server has ended \(.*\); restarting it$/)
  t.equal(lines[1], 'the database server runs again')
})

t.test('while the server is down, hello reports no primary and ping fails', { skip }, async t => {
  const { server } = await ourPostgres()
  const { address } = server
  let isUp = true
  const { connects } = await aGateway(t, { address, isUp: () => isUp })
  const admin = (await connects({ directConnection: true })).db('admin')
  t.equal((await admin.command({ hello: 1 })).isWritablePrimary, true)
  t.equal((await admin.command({ ping: 1 })).ok, 1)
  isUp = false
  await server.stop()
  t.match(await admin.command({ hello: 1 }), { isWritablePrimary: false, secondary: false })
  const error: MongoServerError = await admin.command({ ping: 1 }).catch(error => error)
  t.match(error, { code: 91, codeName: 'ShutdownInProgress' })
})
