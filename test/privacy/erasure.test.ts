import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ErasedPeopleCache } from '../../src/events/ingest/erased-people.ts'
import { flush } from '../../src/events/ingest/flush.ts'
import { instant } from '../../src/events/log/clock.ts'
import { Log } from '../../src/events/log/log.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { eventsExpireAt, nextPieceOfLog } from '../../src/privacy/erasure/erase-from-log.ts'
import { erasePerson, type Removals } from '../../src/privacy/erasure/erase-person.ts'
import { runErasureStep } from '../../src/privacy/erasure/erasure-step.ts'
import type { Receipt, Stage } from '../../src/privacy/erasure/receipt.ts'
import type { Removal } from '../../src/privacy/personal-data.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { serverUri } from '../helpers/database/mongodb.ts'
import { anEntry, DAY, flushParts } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { aBusySite } from '../helpers/privacy/busy-site.ts'
import { anEraser } from '../helpers/privacy/eraser.ts'
import { anImpatientWorker } from '../helpers/roll-ups.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'
import { type Answer, openWorld } from '../helpers/world.ts'

const DATA_SECRET = 'the secret of these people, long enough'
const world = await openWorld(t, { DATA_SECRET })
const { asks, database } = world
const { db } = database
const { root, landscape, shop, viewOf, shopReports, busyPerson } = await aBusySite(world)

const { log, receipts, removals } = await anEraser(database, DATA_SECRET)
const worker = anImpatientWorker(database, log)

const collections = async () => (await db.listCollections().toArray()).filter(({ type }) => type !== 'view')

/** Returns where in the database any of the words occurs, image bytes aside. */
async function placesOf(words: string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const { name } of await collections()) {
    for await (const document of db.collection(name).find({}, { projection: { data: 0 } })) {
      const text = JSON.stringify(document)
      for (const word of words) if (text.includes(word)) found.add(`${name}: ${word}`)
    }
  }
  return [...found]
}

const stateOf = async (receipt: Answer) => (await asks('GET', receipt.headers.get('location') ?? '')).body

/** Ends the wait of a stage. */
const hurry = ({ body }: Answer, stage: Stage) =>
  db.collection('erasures').updateOne({ _id: body.id, stage }, { $set: { due: new Date(0) } })

t.test('an erasure requires the password of the user, the role admin or a key with the scope', async t => {
  const dora = await world.signsUp('dora')
  const asked = async (json: object, ask: object = { token: dora.token }) =>
    (await asks('POST', '/v1/erasures', { json, ...ask })).status
  t.equal(await asked({ password: 'not it at all' }), 403)
  t.equal(await asked({ userId: root.id }), 403)
  t.equal(await asked({ app: 'shop', visitorId: 'v' }), 403)
  t.equal(await asked({ password: 'x' }, { key: shop.key }), 403)
  t.equal(await asked({ userId: 'nobody-at-all' }, { key: shop.key }), 400)
  for (const json of [{}, { app: 'shop' }, { visitorId: 'v' }, { app: 'shop', visitorId: 'v', appUserId: 'a' }]) {
    t.equal(await asked(json, { key: shop.key }), 400, JSON.stringify(json))
  }
  t.equal((await asks('GET', '/v1/erasures/AAAAAAAAAAAAAAAAAAAAAA')).status, 404)
  t.equal(await db.collection('erasures').countDocuments(), 0)
})

t.test('an erased user, app user and visitor occur nowhere, although their events keep arriving', async t => {
  const eve = await busyPerson('eve', 62)
  const names = [
    { app: 'shop', appUserId: 'erased-a' },
    { app: 'shop', visitorId: 'erased-v' },
  ]
  const words = [eve.id, 'eve@example.com', ...names.map(name => Object.values(name)[1] ?? '')]
  const pour = () => shopReports([{ userId: eve.id }, { appUserId: 'erased-a' }, { visitorId: 'erased-v' }].map(viewOf))
  for (let i = 0; i < 3; i++) await pour()
  await shopReports(names.map(({ app: _, ...name }) => ({ ...viewOf(name), durationMs: 1 })))
  t.ok((await placesOf(words)).length >= 12, 'they occur in many places')

  const erasures = [
    await asks('POST', '/v1/erasures', { token: eve.token, json: { password: "eve's own password" } }),
    ...(await Promise.all(names.map(json => asks('POST', '/v1/erasures', { key: shop.key, json })))),
  ]
  t.same(
    erasures.map(({ status }) => status),
    [202, 202, 202],
  )
  const again = await asks('POST', '/v1/erasures', { key: shop.key, json: { userId: eve.id } })
  t.equal(again.body.id, erasures[0]?.body.id, 'a repeated request gives the same receipt')
  const refused = [{ code: 'erased' }, { code: 'erased' }, { code: 'erased' }]
  await until('every process refuses their events', async () => {
    const { body } = await pour()
    return body.rejected?.length === 3
  })
  for (const receipt of erasures) {
    await until('it is erased', async () => {
      await worker.turn()
      await hurry(receipt, 'erasing')
      t.match((await pour()).body, { accepted: 0, rejected: refused })
      return (await stateOf(receipt)).erasedAt
    })
  }
  t.same(await placesOf(words), [])
  t.equal(await db.collection('blobs.files').countDocuments({ 'metadata.imageId': eve.imageId }), 0)
  const whole = await db.collection('blobs.files').distinct('_id')
  t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: { $nin: whole } }), 0, 'no bytes are left')
  t.equal((await asks('POST', '/v1/sessions', { json: { email: 'eve@example.com', password: 'x' } })).status, 401)
  t.equal((await eve.gets('/v1/users/me')).status, 401)

  const { removed } = await stateOf(erasures[0] as Answer)
  t.match(removed, {
    users: 1,
    sessions: 2,
    keys: 1,
    images: 1,
    resumableUploads: 1,
    feedback: 1,
    comments: 1,
    rejects: 2,
  })
  t.ok(removed.events >= 10)
  for (const receipt of erasures) {
    await hurry(receipt, 'erased')
    t.match(await until('it is over', async () => (await stateOf(receipt)).doneAt && stateOf(receipt)), {
      state: 'done',
    })
  }
  t.notMatch(JSON.stringify(await Promise.all(erasures.map(stateOf))), new RegExp(words.join('|')))
})

/** A busy user with a receipt that is never due, so that the test runs the erasure instead of the service. */
async function somebodyErasedHere(name: string, seed: number) {
  const person = await busyPerson(name, seed)
  const id = `of-${name}`
  const receipt = { _id: id, tombstone: receipts.tombstoneOf(person.id), stage: 'erasing', removed: {} } as const
  await db.collection<Receipt>('erasures').insertOne({ ...receipt, createdAt: new Date() })
  const go = async (these: Removals = removals) =>
    erasePerson((await receipts.read(id)) as Receipt, person.id, these, receipts)
  return { ...person, receiptId: id, go }
}

/** Asserts that nothing is left of a user, and that the receipt has counted everything once. */
async function isErasedOnce(
  t: Test,
  name: string,
  { id, receiptId }: { id: string; receiptId: string },
  events: number,
) {
  t.same((await receipts.read(receiptId))?.removed, {
    users: 1,
    sessions: 2,
    keys: 1,
    images: 1,
    resumableUploads: 1,
    events,
    feedback: 1,
    comments: 1,
    rejects: 2,
  })
  t.same(await placesOf([id, `${name}@example.com`]), [])
  t.match(await db.collection('keys').findOne({ app: name }), { createdBy: /^p-/, ownerId: /^p-/, revokedAt: Date })
}

t.test('an erasure that fails at any step or runs twice leaves nothing and counts correctly', async t => {
  const fay = await somebodyErasedHere('fay', 63)
  const places = await placesOf([fay.id, 'fay@example.com'])
  for (const [name, removal] of Object.entries(removals)) {
    t.ok(
      places.some(place => place.startsWith(`${name}:`)),
      `they occur in ${name} before its step`,
    )
    for (const moment of ['before', 'after']) {
      const remove: Removal['remove'] = async (person, piece) => {
        if (moment === 'after') await removal.remove(person, piece)
        throw new Error('killed')
      }
      await t.rejects(fay.go({ ...removals, [name]: { ...removal, remove } }), /killed/, `${moment} ${name}`)
    }
  }
  await Promise.allSettled([fay.go(), fay.go(), fay.go()])
  await fay.go()
  await isErasedOnce(t, 'fay', fay, 7)
})

t.test('a killed erasure is resumed by another process, and the stats never show too few views', async t => {
  const { body: image } = await root.uploads(await noise(65, 40))
  await shopReports(Array.from({ length: 5 }, () => ({ imageId: image.id, type: 'view', visitorId: 'stays' })))
  const gil = await somebodyErasedHere('gil', 64)
  await gil.reports({ imageId: image.id, type: 'view' })
  const views = async () => (await root.statsOf(image.id)).body.totals.counts.view
  await until('all six are rolled up', async () => (await views()) === 6)

  const seen: number[] = []
  const reading = new AbortController()
  const reader = (async () => {
    for (; !reading.signal.aborted; await pause(50)) seen.push(await views())
  })()
  const env = { MONGODB_URI: serverUri(), DATABASE: db.databaseName, DATA_SECRET }
  for (const [collection, moment] of [
    ['images', 'before'],
    ['events', 'after'],
    ['feedback', 'after'],
  ] as const) {
    const words = [gil.receiptId, gil.id, collection, moment]
    const eraser = startScript(t, 'test/helpers/privacy/dying-eraser.ts', env, { words })
    await eraser.ended()
    t.equal(eraser.child.signalCode, 'SIGKILL', eraser.output())
    t.match(await receipts.read(gil.receiptId), { work: { collection } })
  }
  await gil.go()
  await until('the remaining views are rolled up', async () => seen.at(-1) === 5)
  reading.abort()
  await reader
  t.same([...new Set(seen)], [6, 5], 'never fewer, and never more again')
  await isErasedOnce(t, 'gil', gil, 8)
})

t.test('admins read all receipts page by page, newest first', async t => {
  const erase = async (visitorId: string) =>
    (await asks('POST', '/v1/erasures', { key: shop.key, json: { app: 'shop', visitorId } })).body.id
  const ids = [await erase('first'), await erase('second'), await erase('third')]
  const first = (await root.gets('/v1/erasures?limit=2')).body
  t.same(
    first.items.map(({ id }: { id: string }) => id),
    [ids[2], ids[1]],
  )
  const second = (await root.gets(`/v1/erasures?limit=2&cursor=${first.nextCursor}`)).body
  t.equal(second.items[0].id, ids[0])
  t.equal(typeof second.items[0].state, 'string')
  t.equal((await root.gets('/v1/erasures?cursor=nonsense')).status, 400)
})

t.test('a receipt that another process has just advanced is left alone until it is due again', async t => {
  const visitor = { app: 'shop', visitorId: 'soon' }
  await shopReports(viewOf({ visitorId: 'soon' }))
  const receipt = await asks('POST', '/v1/erasures', { key: shop.key, json: visitor })
  const parts = { database, log, receipts, removals }
  for (let turn = 0; turn < 3; turn++) await runErasureStep(receipt.body.id, parts).catch(() => undefined)
  t.match(await stateOf(receipt), { state: 'erasing', removed: {} })
  t.equal(await db.collection('events').countDocuments({ person: 'v:shop:soon' }), 1)
})

t.test('an event of a person who was erased while it was written is deleted again', async t => {
  let isErased = false
  const parts = await flushParts(database, () => ({
    insert: async events => {
      const inserted = await log.insert(events)
      isErased = true
      return { ...inserted, operation: 10 }
    },
  }))
  // By the clock of the database the insert ends nine seconds after the list was read.
  const erased = new ErasedPeopleCache(async () => ({ has: person => isErased && person === 'late', operation: 1 }))
  const entries = ['late', 'other'].map(person => anEntry(landscape.id, { person, type: 'like' }))
  t.match(await flush(entries, { ...parts, erased }), [{ code: 'erased' }, undefined])
  for (const name of ['events', 'feedback']) {
    t.equal(await db.collection(name).countDocuments({ person: 'late' }), 0, name)
    t.equal(await db.collection(name).countDocuments({ person: 'other' }), 1, name)
  }
})

t.test('an event of a person who was erased after validation is not written', async t => {
  const written: string[] = []
  const parts = await flushParts(database, () => ({
    insert: events => {
      written.push(...events.map(({ person }) => person))
      return log.insert(events)
    },
  }))
  let reads = 0
  const list = async () => {
    const isErased = reads++ > 0
    return { has: (person: string) => isErased && person === 'gone', since: instant() }
  }
  const entries = ['gone', 'stays'].map(person => anEntry(landscape.id, { person, type: 'view' }))
  t.match(await flush(entries, { ...parts, erased: { list } }), [{ code: 'erased' }, undefined])
  t.same(written, ['stays'])
})

t.test('where single events cannot be deleted, the receipt states when they expire', async t => {
  await shopReports(viewOf({ visitorId: 'stays' }))
  const old = new Log(db, log.layout, personHash(DATA_SECRET), 'events', false)
  t.equal(await nextPieceOfLog('v:shop:stays', old), undefined)
  const until = await eventsExpireAt('v:shop:stays', db, old)
  t.ok(until && until.getTime() > Date.now() + 90 * DAY)
  t.equal(await eventsExpireAt('v:shop:stays', db, log), undefined)
})

t.test('the roll-ups equal the log without the erased people', async t => {
  const range = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000) }
  await until('nothing is marked', async () => {
    await worker.turn()
    return (await db.collection('marks').countDocuments({})) === 0
  })
  const differences = []
  for await (const difference of verify(range, { db, log }, database.client)) differences.push(difference)
  t.same(differences, [])
})
