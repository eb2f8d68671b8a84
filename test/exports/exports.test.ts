import { once } from 'node:events'
import { get } from 'node:http'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import t from 'tap'
import { uuidv7 } from 'uuidv7'
import type { LoggedEvent } from '../../src/events/event.ts'
import { scanLog } from '../../src/events/log/scan.ts'
import { IdCipher } from '../../src/exports/id-cipher.ts'
import { pseudonyms } from '../../src/lib/pseudonym.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLogThatRepeats, anEvent } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const SECRET = 'the secret of all exports, long enough'
const MANY = 5_500
const FROM = Date.UTC(2026, 10, 1)
const span = 'from=2026-11-01T00:00:00Z&to=2026-11-03T00:00:00Z'

const world = await openWorld(t, { DATA_SECRET: SECRET })
const { db } = world.database
const ann = await world.signsUp('ann')
const root = await world.signsIn(ADMIN)
const { key } = await world.hasKey({ app: 'lab', scopes: ['exports:read'] })
const events = await manyEvents()

/** More than a batch and a group hold, over some hours with gaps, many at the same moment, in no order. */
async function manyEvents(): Promise<LoggedEvent[]> {
  const made = Array.from({ length: MANY }, (_, i) => {
    const at = new Date(FROM + (i % 5) * 7 * 3_600_000 + Math.floor(i / 40) * 1_000)
    return anEvent(`image-${i % 7}`, { at, person: i % 3 ? ann.id : 'v:shop:eve', listId: `=sum(A${i % 2})` })
  })
  const [first, ...others] = made
  const full = {
    type: 'dwell' as const,
    durationMs: 4_200,
    position: 3,
    sessionId: 'a secret of the app',
    geography: { country: 'CH', city: 'Zürich' },
    context: { screen: 'wide', zoomed: true },
  }
  const all = [{ ...first, ...full } as LoggedEvent, ...others]
  await db.collection<LoggedEvent>('events').insertMany(all)
  return all.sort((a, b) => (a._id < b._id ? -1 : 1))
}

async function exported(path: string): Promise<Buffer> {
  const { status, bytes } = await world.asks('GET', `/v1/exports/${path}`, { key })
  if (status !== 200) throw new Error(`${status} ${bytes}`)
  return bytes
}

const linesOf = (text: string) => text.split('\n').filter(line => line !== '')
// biome-ignore lint/suspicious/noExplicitAny: rows of any shape
const rowsOf = (bytes: Buffer): any[] => linesOf(bytes.toString()).map(line => JSON.parse(line))
const csvOf = (bytes: Buffer) => parse(bytes, { columns: true }) as Record<string, string>[]
const parquetOf = (bytes: Buffer) => parquetReadObjects({ file: new Uint8Array(bytes).buffer })

/** What a client has in hands when the wire is cut after so many bytes. */
async function cutAfter(path: string, most: number): Promise<string> {
  const asked = get(`${world.url}/v1/exports/${path}`, { headers: { 'x-api-key': key } })
  const [response] = await once(asked, 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    if (text.length < most) continue
    text = text.slice(0, most)
    break
  }
  asked.destroy()
  return text.slice(0, text.lastIndexOf('\n') + 1)
}

t.test('every event is exported once, in the order of time, with people as pseudonyms', async t => {
  const rows = rowsOf(await exported(`events?${span}`))
  const [pseudonym, idCipher] = [pseudonyms(SECRET, 'exports'), new IdCipher(SECRET)]
  t.same(
    rows.map(({ id, person }) => [idCipher.decryptId(id), person]),
    events.map(({ _id, person }) => [_id, pseudonym(person)]),
  )
  const full = rows.find(({ type }) => type === 'dwell')
  t.match(full, { at: '2026-11-01T00:00:00.000Z', imageId: 'image-0', durationMs: 4200, position: 3, country: 'CH' })
  t.match(full, { city: 'Zürich', context: { screen: 'wide', zoomed: true } })
  const text = JSON.stringify(rows)
  for (const secret of [ann.id, 'eve', 'a secret', events[0]?._id ?? '', '@example.com']) t.notOk(text.includes(secret))
})

t.test('CSV and Parquet contain the same rows, as read by other libraries', async t => {
  const [rows, csv, parquet] = await Promise.all([
    exported(`events?${span}`).then(rowsOf),
    exported(`events?${span}&format=csv`).then(csvOf),
    exported(`events?${span}&format=parquet`).then(parquetOf),
  ])
  t.same(
    csv.map(({ id, at, person }) => [id, at, person]),
    rows.map(({ id, at, person }) => [id, at, person]),
  )
  t.equal(csv[0]?.listId?.[0], "'", 'what a spreadsheet would run is text')
  const bare = (row: object) => JSON.parse(JSON.stringify(row, (_, value) => value ?? undefined))
  t.same(parquet.map(bare), rows)
  const full = csv.find(({ type }) => type === 'dwell')
  t.match(full, { durationMs: '4200', city: 'Zürich', value: '', context: '{"screen":"wide","zoomed":true}' })
})

t.test('an interrupted export continues after its last complete line, in NDJSON and CSV', async t => {
  const whole = (await exported(`events?${span}`)).toString()
  const part = await cutAfter(`events?${span}`, 500_001)
  const last = JSON.parse(linesOf(part).at(-1) ?? '').id
  t.ok(part.length < whole.length)
  t.equal(part + (await exported(`events?${span}&after=${last}`)).toString(), whole)

  const wholeCsv = (await exported(`events?${span}&format=csv`)).toString()
  const partCsv = await cutAfter(`events?${span}&format=csv`, 300_001)
  const lastCsv = csvOf(Buffer.from(partCsv)).at(-1)?.id
  t.equal(partCsv + (await exported(`events?${span}&format=csv&after=${lastCsv}`)).toString(), wholeCsv)

  const end = rowsOf(Buffer.from(whole)).at(-1).id
  t.equal((await exported(`events?${span}&after=${end}`)).length, 0, 'nothing is behind the last')
})

t.test('a client that disconnects stops the reading and frees the slot', async t => {
  for (let i = 0; i < 10; i++) {
    const part = await until('room', () => cutAfter(`events?${span}`, 1_000).catch(() => undefined))
    t.ok(part.length < 1_000)
  }
})

t.test('the number of concurrent exports is limited', async t => {
  const asked = Array.from({ length: 40 }, () => world.asks('GET', `/v1/exports/events?${span}`, { key }))
  const answers = await Promise.all(asked)
  t.same([...new Set(answers.map(({ status }) => status))].sort(), [200, 503])
  const refused = answers.find(({ status }) => status === 503)
  t.equal(refused?.headers.get('retry-after'), '30')
  t.equal(refused?.body.code, 'unavailable')
})

t.test('the scan reads each event once where the log contains it twice, and skips empty hours', async t => {
  const { client, db } = await ownDatabase(t)
  const { log, second } = await aLogThatRepeats(db)
  const old = anEvent('a', { at: new Date(Date.UTC(2019, 3, 5, 6, 59, 59, 999)) })
  const later = anEvent('b', { at: new Date(Date.UTC(2026, 10, 1, 7)) })
  const beyond = anEvent('c', { at: new Date(Date.UTC(2026, 10, 1, 9)) })
  await db.collection<LoggedEvent>('events').insertMany([later, old, beyond])
  await second.insertMany([old, { ...later, type: 'click' }])
  let commands = 0
  client.on('commandStarted', () => commands++)
  const found = []
  for await (const some of scanLog(log, { from: new Date(0), to: beyond.at })) found.push(...some)
  t.same(
    found.map(({ _id, type }) => [_id, type]),
    [
      [old._id, 'view'],
      [later._id, 'click'],
    ],
    'of two with one identity the one that sorts first',
  )
  t.ok(commands < 120, `${commands} commands for half a million hours`)
  const rest = []
  for await (const some of scanLog(log, { from: new Date(0), to: new Date() }, old._id)) rest.push(...some)
  t.same(
    rest.map(({ _id }) => _id),
    [later._id, beyond._id],
  )
})

t.test('current feedback is exported, and continued by the id of a row', async t => {
  const images = []
  for (let i = 0; i < 3; i++) images.push((await ann.uploads(await noise(20 + i, 20), { tags: ['x'] })).body.id)
  const [first, second, third] = images
  await ann.thinks(first, { reaction: 'like', rating: 4, tags: ['lake', '@home'] })
  await ann.thinks(second, { saved: true })
  await ann.thinks(third, { saved: true })
  await ann.thinks(third, {})
  const rows = rowsOf(await exported('feedback'))
  t.same(
    rows.map(({ imageId, reaction, rating, saved, tags }) => ({ imageId, reaction, rating, saved, tags })),
    [
      { imageId: first, reaction: 'like', rating: 4, saved: false, tags: ['@home', 'lake'] },
      { imageId: second, reaction: null, rating: null, saved: true, tags: [] },
    ],
  )
  const ofAnn = rowsOf(await exported(`events?${span}`)).filter(({ person }) => person === rows[0].person)
  t.equal(ofAnn.length, events.filter(({ person }) => person === ann.id).length, 'a pseudonym is one person everywhere')
  t.same(rowsOf(await exported(`feedback?after=${rows[0].id}`)), rows.slice(1))
  t.same(rowsOf(await exported('feedback?to=2026-01-01T00:00:00Z')), [])
  const parquet = await parquetOf(await exported('feedback?format=parquet'))
  t.same(parquet[0]?.tags, ['@home', 'lake'])
  t.equal(csvOf(await exported('feedback?format=csv'))[1]?.saved, 'true')
})

t.test('the export of private images reveals neither content nor owner', async t => {
  const title = '=HYPERLINK("http://evil")'
  const open = await ann.uploads(await noise(31, 20), { title, tags: ['sea', 'sky'] })
  const hidden = await ann.uploads(await noise(32, 20), { title: 'my diary', visibility: 'private' })
  const rows = rowsOf(await exported('images'))
  t.match(
    rows.find(({ id }) => id === open.body.id),
    { ownerId: ann.id, title, tags: ['sea', 'sky'], width: 31 },
  )
  const shown = rows.find(({ id }) => id === hidden.body.id)
  t.same(Object.keys(shown).sort(), [
    'bytes',
    'height',
    'id',
    'mediaType',
    'updatedAt',
    'uploadedAt',
    'visibility',
    'width',
  ])
  t.equal(csvOf(await exported('images?format=csv')).find(({ id }) => id === open.body.id)?.title, `'${title}`)
  const parquet = await parquetOf(await exported('images?format=parquet'))
  t.equal(parquet.length, rows.length)
  t.equal(parquet.find(({ id }) => id === open.body.id)?.bytes, BigInt(open.body.bytes))
  t.same(rowsOf(await exported(`images?after=${rows[1].id}`)), rows.slice(2))
})

t.test('an empty range yields an empty file in each format', async t => {
  const past = 'to=1999-01-01T00:00:00Z'
  t.equal((await exported(`events?${past}`)).length, 0)
  t.match((await exported(`events?${past}&format=csv`)).toString(), /^id,at,imageId[^\n]*\n$/)
  t.same(await parquetOf(await exported(`events?${past}&format=parquet`)), [])
})

t.test('only analysts, admins and keys with exports:read may export', async t => {
  const { key: other } = await world.hasKey({ app: 'lab', scopes: ['stats:read'] })
  for (const name of ['events', 'feedback', 'images']) {
    const path = `/v1/exports/${name}?to=1999-01-01T00:00:00Z`
    t.equal((await world.asks('GET', path)).status, 401)
    t.equal((await ann.gets(path)).status, 403)
    t.equal((await world.asks('GET', path, { key: other })).status, 403)
    t.equal((await root.gets(path)).status, 200)
    t.equal((await world.asks('HEAD', path, { key })).headers.get('content-type'), 'application/x-ndjson')
  }
  await db.collection('users').updateOne({ email: 'ann@example.com' }, { $set: { roles: ['user', 'analyst'] } })
  const analyst = await world.signsIn({ email: 'ann@example.com', password: "ann's own password" })
  t.equal((await analyst.gets('/v1/exports/feedback')).status, 200)
})

t.test('an invalid query is rejected with the field named', async t => {
  const cases: [path: string, field: string][] = [
    ['events?from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00Z', 'to'],
    ['events?from=yesterday', 'from'],
    ['events?from=2016-12-31T23:59:60Z', 'from'],
    ['events?format=xlsx', 'format'],
    ['events?after=x', 'after'],
    [`events?${span}&after=${'0'.repeat(32)}`, 'after'],
    [`feedback?after=${uuidv7()}`, 'after'],
    [`feedback?after=${'ab'.repeat(40)}`, 'after'],
    ['images?format=parquet&after=x', 'after'],
    ['images?limit=3', 'limit'],
  ]
  for (const [path, field] of cases) {
    const { status, body } = await world.asks('GET', `/v1/exports/${path}`, { key })
    t.equal(status, 400, path)
    t.equal(body.errors[0].pointer, `/querystring/${field}`, path)
  }
})
