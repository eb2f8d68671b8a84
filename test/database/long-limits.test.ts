/** Calls that may take longer than an ordinary one, or less long: which limit each of their commands tells the server. */
import { Registry } from 'prom-client'
import t from 'tap'
import { connect } from '../../src/database/connect.ts'
import { scanLog } from '../../src/events/log/scan.ts'
import { bucketOf, startOf } from '../../src/events/marks/buckets.ts'
import { feedbackTable } from '../../src/exports/feedback-table.ts'
import { IdCipher } from '../../src/exports/id-cipher.ts'
import { imageTable } from '../../src/exports/image-table.ts'
import { FEEDBACK } from '../../src/feedback/feedback.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { Audit } from '../../src/rollups/audit/audit.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { RollupMetrics } from '../../src/rollups/worker/rollup-metrics.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aWire } from '../helpers/database/wire.ts'
import { aLog, anEvent, DAY, flushParts, SECRET, silent } from '../helpers/log.ts'
import { anEraser } from '../helpers/privacy/eraser.ts'
import { ask, REPORT_MS } from '../helpers/recount/story.ts'

const ORDINARY = 10_000
const ROLL_UP = 60_000
const SCAN = 600_000
const SCRAPE = 2_000

const { db: direct } = await ownDatabase(t)
const wire = await aWire(t)
const database = await connect(wire.uri, direct.databaseName)
t.teardown(() => database.connection.close())
const { client, db } = database
const log = await aLog(database)
await applyRetention(db, log, { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY })
const yesterday = new Date(startOf('day', new Date()).getTime() - DAY / 2)
await log.insert([anEvent('lake', { at: yesterday })])
const range = { from: new Date(yesterday.getTime() - 60_000), to: new Date(yesterday.getTime() + 60_000) }

async function readAll(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
  for await (const _item of items);
}
const rollUp = (grain: 'minute' | 'day', at: Date) =>
  client.withSession(session => rollUpBuckets([bucketOf('lake', grain, startOf(grain, at))], { db, log }, session))

/** Returns the limits of the commands that are sent while `work` runs, by name and collection. */
async function limitsOf(work: () => Promise<unknown>): Promise<Record<string, number[]>> {
  const limits: Record<string, Set<number>> = {}
  wire.onRequest = command => {
    const [name = '', collection] = Object.entries(command)[0] ?? []
    const key = `${name} ${collection}`
    limits[key] = (limits[key] ?? new Set()).add(command.maxTimeMS)
    return 'pass'
  }
  await work()
  wire.onRequest = () => 'pass'
  return Object.fromEntries(Object.entries(limits).map(([key, set]) => [key, [...set].sort((a, b) => a - b)]))
}

const registry = new Registry()
new RollupMetrics(db, registry)
const audit = new Audit(database, { ...(await flushParts(database)), log }, 7 * DAY, silent, new Registry())
const { exported, removals } = await anEraser(database, SECRET)
const comparing = { 'aggregate events': [ROLL_UP, SCAN], 'find rollups': [ROLL_UP, SCAN], 'find marks': [SCAN] }

/** Each call, and the limits of its commands by name and collection. */
const CALLS: [string, () => Promise<unknown>, Record<string, number[]>][] = [
  ['an export of events', () => readAll(scanLog(log, range)), { 'aggregate events': [SCAN] }],
  [
    'an export of feedback',
    () => readAll(feedbackTable(db, name => name, new IdCipher(SECRET)).rows(range)),
    { [`find ${FEEDBACK}`]: [SCAN] },
  ],
  ['an export of images', () => readAll(imageTable(db).rows(range)), { 'find images': [SCAN] }],
  ['a roll-up of a minute', () => rollUp('minute', yesterday), { 'aggregate events': [ROLL_UP] }],
  ['a roll-up of a day', () => rollUp('day', yesterday), { 'find rollups': [ORDINARY, ROLL_UP] }],
  ['a verification', () => readAll(verify(range, { db, log }, client)), comparing],
  ['an audit', () => audit.run(new Date()), comparing],
  ['a report of the log', () => ask('funnel', {}, { db, log, now: new Date() }), { 'aggregate events': [REPORT_MS] }],
  ['a report of roll-ups', () => ask('trends', {}, { db, log, now: new Date() }), { 'aggregate rollups': [REPORT_MS] }],
  ['a scrape of the metrics', () => registry.metrics(), { 'aggregate marks': [SCRAPE] }],
  ...['users', 'sessions', 'keys', 'images', 'feedback', 'comments', 'rejects', 'audit'].map(
    (name): (typeof CALLS)[number] => [
      `the export of a person from ${name}`,
      async () => readAll(exported[name]?.read('ann') ?? []),
      { [`find ${name}`]: [SCAN] },
    ],
  ),
  ...['users', 'rejects'].map((name): (typeof CALLS)[number] => [
    `the erasure of a person in ${name}`,
    async () => removals[name]?.remove('ann', { count: 1 }),
    { [`delete ${name}`]: [SCAN] },
  ]),
]

for (const [name, call, expected] of CALLS) {
  t.test(`${name} has its own limit`, async t => {
    const found = await limitsOf(call)
    t.same(Object.fromEntries(Object.keys(expected).map(key => [key, found[key]])), expected)
  })
}
