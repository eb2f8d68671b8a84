import { parquetReadObjects } from 'hyparquet'
import t from 'tap'
import { openLog } from '../../src/events/log/open-log.ts'
import { CATALOGUE } from '../../src/reports/catalogue.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { DAY, hashPerson } from '../helpers/log.ts'
import { after, ask, tellStory } from '../helpers/recount/story.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const HOUR = 3_600_000

/** Returns the values of NDJSON. */
function linesOf(bytes: Buffer): unknown[] {
  return bytes
    .toString()
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}

/** Returns a row of a Parquet file as JSON has it. */
function plain(row: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? Number(value) : value)))
}

/** A Wednesday evening some weeks ago. */
const monday = new Date(Math.floor((Date.now() - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY - 14 * DAY)
const now = new Date(monday.getTime() + 2 * DAY + 20 * HOUR)

t.test('over HTTP', async t => {
  const world = await openWorld(t)
  const { database, asks } = world
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, hashPerson)
  const ann = await world.signsUp('ann')
  const root = await world.signsIn(ADMIN)
  const image = { _id: 'i', title: '=HYPERLINK("http://evil")', tags: ['a'], uploadedAt: monday }
  const at = new Date(Date.now() - 2 * HOUR)
  const events = [after(at, 0, ann.id, 'view', 'i'), after(at, 1, ann.id, 'click', 'i')]
  await tellStory({ events, images: [image], users: [], likes: [] }, database, log)

  t.test('every report of the list is answered in every format', async t => {
    const { body } = await root.gets('/v1/reports')
    t.equal(body.items.length, CATALOGUE.length)
    for (const { name, columns } of body.items) {
      const { status, body: report } = await root.gets(`/v1/reports/${name}`)
      t.equal(status, 200, name)
      t.same(report.columns, columns)
      const csv = await root.gets(`/v1/reports/${name}?format=csv`)
      t.match(csv.headers.get('content-type'), 'text/csv')
      const lines = csv.bytes.toString().split('\n')
      t.equal(lines[0], columns.map(({ name }: { name: string }) => name).join(','))
      t.equal(lines.length - 2, report.rows.length, 'one line per row')
      const page = await root.gets(`/v1/reports/${name}?format=html`)
      t.match(page.headers.get('content-type'), 'text/html')
      t.match(page.bytes.toString(), /^<!doctype html>/)
      const ndjson = await root.gets(`/v1/reports/${name}?format=ndjson`)
      t.equal(ndjson.headers.get('content-type'), 'application/x-ndjson')
      t.same(linesOf(ndjson.bytes), report.rows)
      const { headers, bytes } = await root.gets(`/v1/reports/${name}?format=parquet`)
      t.equal(headers.get('content-disposition'), `attachment; filename="${name}.parquet"`)
      const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
      t.same(rows.map(plain), report.rows)
    }
  })

  t.test('a report is compared with another period, in every format', async t => {
    const { status, body } = await root.gets('/v1/reports/top-images?since=1d&compare=previous')
    t.equal(status, 200)
    t.equal(body.before.to, body.from)
    t.equal(Date.parse(body.to) - Date.parse(body.from), Date.parse(body.before.to) - Date.parse(body.before.from))
    t.match(body.rows, [{ imageId: 'i', views: 1, viewsBefore: null, viewsChange: null }])
    const names = body.columns.map(({ name }: { name: string }) => name)
    t.ok(names.includes('viewsBefore') && names.includes('viewsChange'))
    const csv = await root.gets('/v1/reports/top-images?since=1d&compare=previous&format=csv')
    t.equal(csv.bytes.toString().split('\n')[0], names.join(','))
    const page = await root.gets('/v1/reports/top-images?since=1d&compare=2026-01-01..2026-01-02&format=html')
    t.match(page.bytes.toString(), 'compared with 2026-01-01 to 2026-01-02')
    t.notOk('before' in (await root.gets('/v1/reports/top-images')).body)
  })

  t.test('people have stable pseudonyms', async t => {
    const { body, bytes } = await root.gets('/v1/reports/people')
    t.match(body.rows, [{ person: /^[0-9a-f]{32}$/, events: 2 }])
    t.notMatch(bytes.toString(), ann.id)
    t.same((await root.gets('/v1/reports/people')).body.rows, body.rows)
  })

  t.test('a title that is a spreadsheet formula is escaped', async t => {
    const { bytes } = await root.gets('/v1/reports/top-images?format=csv')
    t.match(bytes.toString(), `"'=HYPERLINK(""http://evil"")"`)
  })

  t.test('only analysts, admins and keys with the scope may read reports', async t => {
    t.equal((await ann.gets('/v1/reports/people')).status, 403)
    t.equal((await asks('GET', '/v1/reports/people')).status, 401)
    await database.db.collection<{ _id: string }>('users').updateOne({ _id: ann.id }, { $set: { roles: ['analyst'] } })
    const analyst = await world.signsIn({ email: 'ann@example.com', password: "ann's own password" })
    t.equal((await analyst.gets('/v1/reports/people')).status, 200)
    const { key } = await world.hasKey({ app: 'shop', scopes: ['exports:read'] })
    t.equal((await asks('GET', '/v1/reports/people', { key })).status, 200)
    const other = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
    t.equal((await asks('GET', '/v1/reports', { key: other.key })).status, 403)
  })

  t.test('invalid parameters are refused, with the field', async t => {
    const cases: [path: string, pointer: string][] = [
      ['top-images?metric=views', '/querystring/metric'],
      ['top-images?limit=0', '/querystring/limit'],
      ['top-images?limit=1e3', '/querystring/limit'],
      ['top-images?limit[$gt]=1', '/querystring/limit[$gt]'],
      ['top-images?since=2026-02-31', '/querystring/since'],
      ['top-images?since=1d&until=2d', '/querystring/since'],
      ['top-images?since=all&until=2d', '/querystring/until'],
      ['funnel?since=all', '/querystring/since'],
      ['funnel?tag=a', '/querystring/tag'],
      ['geography?minPeople=1', '/querystring/minPeople'],
      ['trends?imageId=%24where', '/querystring/imageId'],
      ['trends?tz=Mars/Olympus', '/querystring/tz'],
      ['people?tz=%2B02:00', '/querystring/tz'],
      ['people?tz=', '/querystring/tz'],
      ['liked-together?tz=UTC', '/querystring/tz'],
      ['trends?by=minute', '/querystring/by'],
      ['top-images?compare=next', '/querystring/compare'],
      ['top-images?compare=2026-02-31..2026-03-01', '/querystring/compare'],
      ['top-images?since=all&compare=previous', '/querystring/compare'],
    ]
    for (const [path, pointer] of cases) {
      const { status, body } = await root.gets(`/v1/reports/${path}`)
      t.equal(status, 400, path)
      t.same(
        body.errors?.map((fault: { pointer: string }) => fault.pointer),
        [pointer],
        path,
      )
    }
    t.equal((await root.gets('/v1/reports/none')).status, 404)
    t.equal((await root.gets('/v1/reports/people?since=100d')).body.code, 'interval_expired')
    t.match((await root.gets('/v1/reports/trends?since=20d&tz=Asia/Kolkata')).body, {
      code: 'interval_expired',
      detail: /by minute are kept since .* in Asia\/Kolkata a period is summed/,
    })
    t.equal((await root.gets('/v1/reports/trends?since=500d&by=day')).status, 200)
    t.equal((await root.gets('/v1/reports/trends?since=500d&by=day&tz=Asia/Tokyo')).body.code, 'interval_expired')
    t.equal((await root.gets('/v1/reports/trends?since=0001-01-01&by=day')).body.code, 'range_too_long')
    t.equal((await root.gets('/v1/reports/trends?since=0001-01-01&tz=Africa/Monrovia')).status, 400)
    t.match((await root.gets('/v1/reports/people?tz=Asia/Tokyo')).body, { tz: 'Asia/Tokyo' })
  })
})

t.test('a report that exceeds its time limit is answered with report_too_slow', async t => {
  const { db } = await ownDatabase(t)
  const log = { layout: 'plain', read: () => slow } as unknown as Parameters<typeof ask>[2]['log']
  const slow = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(Object.assign(new Error('operation exceeded time limit'), { code: 50 })),
    }),
    close: async () => undefined,
  }
  await db.collection<{ _id: string }>('leases').insertOne({ _id: 'floors', ...{ log: new Date(0), logTtl: 1e13 } })
  await t.rejects(ask('people', {}, { db, log, now }), { code: 'report_too_slow', status: 503 })
})
