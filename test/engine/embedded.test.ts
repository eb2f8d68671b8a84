/** The embedded DocumentDB by itself: its life, its death, and the faults that the gateway masks. */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import pg from 'pg'
import t, { type Test } from 'tap'
import { serverAccount } from '../../src/engine/documentdb/account.ts'
import { makeCluster } from '../../src/engine/documentdb/cluster.ts'
import { debianSource } from '../../src/engine/documentdb/debian-source.ts'
import { packageCache } from '../../src/engine/documentdb/folders.ts'
import { startPostgres } from '../../src/engine/documentdb/postgres.ts'
import { installedTree } from '../../src/engine/documentdb/tree.ts'
import { startGateway } from '../../src/engine/gateway/gateway.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'

const { BSON, MongoClient } = mongoose.mongo
const possible = await debianSource().then(
  () => true,
  () => false,
)
const skip = possible ? false : 'no Debian package source on this machine'

const folder = await mkdtemp(join(tmpdir(), 'glance-embedded-'))
await chmod(folder, 0o755)
t.teardown(() => rm(folder, { recursive: true, force: true }))

/** Processes whose command line names the folder. */
async function processesOf(path: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter(line => line.includes(path) && line.includes('postgres'))
}

t.test('what was acknowledged survives kill -9, and no server is left behind', { skip }, async t => {
  const start = () => startScript(t, 'scripts/engine.ts', { GLANCE_ENGINE: 'documentdb' }, folder)
  let engine = start()
  const [uri] = await engine.says(/mongodb:\/\/\S+glance/)
  const client = await MongoClient.connect(uri)
  const things = client.db('life').collection<{ _id: number }>('things')
  for (let i = 0; i < 200; i++) await things.insertOne({ _id: i }, { writeConcern: { w: 'majority' } })

  const second = start()
  await second.says(/another process uses the data/)
  t.equal(await second.ended(), 1, 'a second start on the same data is refused')

  t.ok((await processesOf(folder)).length > 0)
  await engine.kill('SIGKILL')
  await client.close()
  await until('no server', async () => (await processesOf(folder)).length === 0)

  engine = start()
  const [again] = await engine.says(/mongodb:\/\/\S+glance/)
  const reader = await MongoClient.connect(again)
  t.equal(await reader.db('life').collection('things').countDocuments(), 200)
  await reader.close()
  t.equal(await engine.kill('SIGTERM'), 0)
  t.same(await processesOf(folder), [])
  const forced = startScript(t, 'scripts/engine.ts', { GLANCE_ENGINE: 'mongod' }, folder)
  await forced.says(/made by documentdb/)
  t.equal(await forced.ended(), 1)
})

const silent = () => undefined
const credentials = { user: 'test', password: 'secret' }

/** A PostgreSQL with the extension, and a client of it. */
async function aServer(t: Test) {
  const account = serverAccount()
  const tree = await installedTree(await packageCache(account), undefined, silent)
  const data = await mkdtemp(join(tmpdir(), 'glance-faults-'))
  await chmod(data, 0o777)
  const cluster = await makeCluster(tree, data, account, silent)
  const server = await startPostgres({ tree, cluster, account, durable: false, progress: silent })
  const client = new pg.Client(server.address)
  await client.connect()
  t.teardown(async () => {
    await client.end()
    await server.stop()
    await rm(data, { recursive: true, force: true })
  })
  return { server, client }
}

t.test('a transaction whose connection is lost can be tried again, and nothing else is felt', { skip }, async t => {
  const { server, client } = await aServer(t)
  const gateway = await startGateway({ postgres: server, credentials, replicaSet: 'glance' })
  const mongo = await MongoClient.connect(`mongodb://test:secret@127.0.0.1:${gateway.port}/?directConnection=true`)
  t.teardown(async () => {
    await mongo.close()
    await gateway.close()
  })
  const things = mongo.db('lost').collection<{ _id: string }>('things')
  await things.insertOne({ _id: 'before' })
  let attempts = 0
  await mongo.withSession(session =>
    session.withTransaction(async () => {
      await things.insertOne({ _id: 'inside' }, { session })
      if (attempts++ === 0) {
        const idle = "state = 'idle in transaction'"
        await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${idle}`)
        await until('it is gone', async () => {
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

t.test('the faults are still there, so the masks are still needed', { skip }, async t => {
  const { server, client } = await aServer(t)

  const bytes = (document: object) => Buffer.from(BSON.serialize(document))
  async function aggregate(pipeline: object[], collection = 'f') {
    const spec = bytes({ aggregate: collection, pipeline, cursor: {} })
    const { rows } = await client.query(
      'SELECT cursorpage::text AS page FROM documentdb_api.aggregate_cursor_first_page($1, $2::bytea)',
      ['faults', spec],
    )
    return BSON.deserialize(Buffer.from(rows[0].page.replace('BSONHEX', ''), 'hex')).cursor.firstBatch
  }
  const documents = Array.from({ length: 60 }, (_, month) => ({
    _id: month,
    at: new Date(Date.UTC(2022, month, 1 + month / 3, month % 24)),
    text: 'A',
  }))
  await client.query('SELECT documentdb_api.insert($1, $2::bytea)', ['faults', bytes({ insert: 'f', documents })])

  const days = await aggregate([{ $project: { at: 1, d: { $dateTrunc: { date: '$at', unit: 'day' } } } }])
  const wrong = days.filter(({ at, d }: { at?: Date; d: Date }) => at && d.getTime() !== at.setUTCHours(0, 0, 0, 0))
  t.ok(wrong.length > 0, '$dateTrunc by day is wrong')
  const key = { kind: 1, grain: 1, at: 1 }
  await client.query('SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true)', [
    'faults',
    bytes({ createIndexes: 'g', indexes: [{ key, name: 'in order' }] }),
  ])
  const hours = Array.from({ length: 100 }, (_, _id) => ({ _id, kind: 'a', grain: 'b', at: new Date(_id * 3_600_000) }))
  await client.query('SELECT documentdb_api.insert($1, $2::bytea)', [
    'faults',
    bytes({ insert: 'g', documents: hours }),
  ])
  const match = { kind: 'a', grain: 'b', at: { $gte: new Date(0), $lt: new Date(9e12) } }
  const groups = await aggregate([{ $match: match }, { $group: { _id: { $hour: '$at' } } }], 'g')
  t.ok(groups.length > 24, '$group by what an operator makes of an indexed field gives groups in pieces')
  const other = new pg.Client(server.address)
  await other.connect()
  await other.query('BEGIN')
  await other.query('SELECT documentdb_api.insert($1, $2::bytea)', [
    'faults',
    bytes({ insert: 'f', documents: [{ _id: 'x' }] }),
  ])
  const upserted = client.query('SELECT documentdb_api.find_and_modify($1, $2::bytea, NULL)', [
    'faults',
    bytes({ findAndModify: 'f', query: { _id: 'x' }, update: [{ $set: { at: '$$NOW' } }], upsert: true }),
  ])
  await until(
    'the upsert waits',
    async () => (await other.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rows.length > 0,
  )
  await other.query('COMMIT')
  await t.rejects(upserted, { message: /\$\$NOW operator/ }, 'an upsert that must wait for another forgets $$NOW')
  await other.end()
  t.same(await aggregate([{ $match: { n: 99 } }, { $count: 'n' }]), [{ n: 0 }], '$count of nothing counts it')
  const regex = [{ $project: { m: { $regexMatch: { input: { $toLower: '$text' }, regex: 'a' } } } }]
  await t.rejects(aggregate(regex), { code: 'M009J' }, '$regexMatch takes no expression')
})
