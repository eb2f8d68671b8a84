import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { openLog } from '../../src/events/log/open-log.ts'
import { ownReportsIn } from '../../src/reports/own/own-reports.ts'
import { reportParts } from '../../src/reports/run-report.ts'
import { ScheduledReports } from '../../src/reports/schedules/scheduled-reports.ts'
import { DAY, hashPerson, SECRET } from '../helpers/log.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

/** Runs of the past are as of a time at which the service knew its period. */
const DAY_ONE = Date.UTC(2026, 9, 1)
const on = (day: number, hour = 0, minute = 0) => new Date(DAY_ONE + (day * 24 + hour) * 3_600_000 + minute * 60_000)

/** A service with a folder of schedules, and a scheduler for each process. */
async function aNewsroom(t: Test) {
  const root = await mkdtemp(join(tmpdir(), 'glance-schedules-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const [schedules, out] = [join(root, 'schedules'), join(root, 'out')]
  await mkdir(schedules)
  const reports = join(root, 'reports')
  await mkdir(reports)
  const world = await openWorld(t, { SCHEDULES_DIR: schedules, REPORTS_DIR: reports })
  const { database } = world
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, hashPerson)
  const logger = pino({ level: 'silent' })
  const own = ownReportsIn(reports, { db: database.db, logger })
  const parts = { ...reportParts(database.db, log, SECRET), own }
  return {
    root: await world.signsIn(ADMIN),
    signsUp: world.signsUp,
    out,
    plans: (name: string, more: object = {}) => {
      const plan = { cron: '0 7 * * *', report: 'tags', format: 'csv', folder: '../out', ...more }
      return writeFile(join(schedules, `${name}.json`), JSON.stringify(plan))
    },
    asks: (report: { name: string }) => writeFile(join(reports, `${report.name}.json`), JSON.stringify(report)),
    aProcess: () => new ScheduledReports(schedules, parts, logger, new Registry()),
    files: () => readdir(out).catch(() => []),
  }
}

t.test('a scheduled report is run once when it is due, and stands among the results', async t => {
  const { root, out, plans, aProcess, files } = await aNewsroom(t)
  await plans('daily-tags')
  const process = aProcess()
  t.equal(await process.sweep(on(1, 8)), 0, 'a new schedule has missed nothing')
  t.equal(await process.sweep(on(2, 6, 59)), 0)
  t.equal(await process.sweep(on(2, 7, 1)), 1)
  t.equal(await process.sweep(on(2, 7, 2)), 0)
  t.same(await files(), ['daily-tags-2026-10-03T0700Z.csv'])
  t.match(await readFile(join(out, 'daily-tags-2026-10-03T0700Z.csv'), 'utf8'), /^tag,images,/)
  const { body } = await root.gets('/v1/reports/tags/results')
  t.match(body.items, [
    {
      schedule: 'daily-tags',
      at: '2026-10-03T07:00:00.000Z',
      file: 'daily-tags-2026-10-03T0700Z.csv',
      rows: 0,
      fault: null,
    },
  ])
  t.same((await root.gets('/v1/reports/trends/results')).body.items, [])
})

t.test('missed runs are made up once, by one of several processes', async t => {
  const { plans, aProcess, files } = await aNewsroom(t)
  await plans('daily-tags')
  await aProcess().sweep(on(1))
  const runs = await Promise.all([aProcess().sweep(on(9, 12)), aProcess().sweep(on(9, 12))])
  t.equal(runs[0] + runs[1], 1)
  t.equal(await aProcess().sweep(on(9, 12)), 0)
  t.same(await files(), ['daily-tags-2026-10-10T0700Z.csv'])
})

t.test('a process that is stopped in a run records nothing; another one makes it up', async t => {
  const { root, plans, aProcess, files } = await aNewsroom(t)
  await plans('daily-tags')
  const stopped = aProcess()
  await stopped.sweep(on(1))
  const running = stopped.sweep(on(1, 7, 1)).catch(() => 0)
  await stopped.stop()
  const done = await running
  const { items } = (await root.gets('/v1/reports/tags/results')).body
  t.equal(items.length, done)
  t.equal(await aProcess().sweep(on(1, 7, 1)), 1 - done)
  t.same(await files(), ['daily-tags-2026-10-02T0700Z.csv'])
})

t.test('a time zone is kept over the change to winter time', async t => {
  const { plans, aProcess, files } = await aNewsroom(t)
  await plans('early', { timezone: 'Europe/Zurich' })
  const process = aProcess()
  await process.sweep(on(22))
  for (const day of [23, 24]) await process.sweep(on(day, 23))
  t.same(await files(), ['early-2026-10-24T0500Z.csv', 'early-2026-10-25T0600Z.csv'])
})

t.test('a run that fails is recorded with its reason, and does not stop the others', async t => {
  const { root, out, plans, aProcess, files } = await aNewsroom(t)
  await writeFile(out, 'a file where a folder should be')
  await plans('a-failing')
  await plans('the-next', { folder: '../other' })
  const process = aProcess()
  await process.sweep(on(1))
  t.equal(await process.sweep(on(1, 7, 1)), 2)
  const { items } = (await root.gets('/v1/reports/tags/results')).body
  t.match(items, [
    { schedule: 'a-failing', file: null, rows: null, fault: /EEXIST|ENOTDIR/ },
    { schedule: 'the-next', fault: null },
  ])
  t.equal(await process.sweep(on(1, 8)), 0, 'it is not tried again before its next time')
  t.same(await files(), [])
})

t.test('a schedule counts from when its report is there', async t => {
  const { root, plans, asks } = await aNewsroom(t)
  await plans('early', { report: 'of-mine' })
  t.match((await root.gets('/v1/schedules')).body, { items: [], broken: [{ fault: '/report is not a report' }] })
  const columns = [{ name: 'images', kind: 'count', about: 'number of images' }]
  const report = { name: 'of-mine', question: 'How many?', collection: 'images', columns }
  await asks(Object.assign(report, { pipeline: [{ $count: 'images' }] }))
  t.match((await root.gets('/v1/schedules')).body, { items: [{ name: 'early' }], broken: [] })
})

t.test('the example is a schedule', async t => {
  const { root, plans } = await aNewsroom(t)
  const example = new URL('../../examples/schedules/weekly-top-images.json', import.meta.url)
  await plans('weekly', JSON.parse(await readFile(example, 'utf8')))
  t.match((await root.gets('/v1/schedules')).body, { items: [{ name: 'weekly', report: 'top-images' }], broken: [] })
})

t.test('admins see the schedules, and the files that are none', async t => {
  const { root, signsUp, plans } = await aNewsroom(t)
  await plans('fine', { parameters: { limit: '5' } })
  await plans('no-report', { report: 'weather' })
  await plans('no-time', { cron: '0 0 31 2 *' })
  await plans('no-cron', { cron: 'soon' })
  await plans('no-zone', { timezone: 'Europe/Atlantis' })
  await plans('no-param', { parameters: { limit: 'many' } })
  await plans('Wrong Name')
  await plans('more', { target: 1 })
  const { body } = await root.gets('/v1/schedules')
  t.match(body.items, [
    { name: 'fine', report: 'tags', cron: '0 7 * * *', timezone: 'UTC', format: 'csv', nextAt: /T07:00:00/ },
  ])
  t.equal(body.items.length, 1)
  t.match(Object.fromEntries(body.broken.map(({ file, fault }: { file: string; fault: string }) => [file, fault])), {
    'no-report.json': '/report is not a report',
    'no-time.json': '/cron never comes',
    'no-cron.json': /^\/cron or \/timezone: /,
    'no-zone.json': /^\/cron or \/timezone: /,
    'no-param.json': /limit/,
    'Wrong Name.json': /must have a name/,
    'more.json': '/target is not allowed',
  })
  t.equal((await (await signsUp('ann')).gets('/v1/schedules')).status, 403)
})
