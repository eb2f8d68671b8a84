/**
 * `npm run torture -- --minutes 10 [--kills 1000] [--mark-after]`: writers replay, shuffle, split and duplicate events, while services
 * and database are killed and suspended at random moments. At the end, log, roll-ups and feedback must agree. With --mark-after the
 * services have a fault, marking after the insert, that the test must find. With `MONGODB_URI` it runs on that server, in a database
 * of its own, and kills services only; `--fault-command 'script'` names what disturbs the server.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect, type Database } from '../../src/database/connect.ts'
import { SCAN_LIMIT } from '../../src/database/time-limits.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { EVENTS_ONCE } from '../../src/events/log/log.ts'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { feedbackProjection } from '../../src/feedback/feedback-projection.ts'
import { check, countDifferences, waitForRollups } from './checks.ts'
import { APP, createImages, createKey } from './fixtures.ts'
import { type TestBed, waitUntil, withTestBed } from './test-bed.ts'
import { type History, write } from './writer.ts'

const WRITERS = 6
const IMAGES = 40

/** The default acceptance window of the service. */
const WINDOW_MS = 7 * 86_400_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    kills: { type: 'string', default: '1000000' },
    'mark-after': { type: 'boolean', default: false },
    'fault-command': { type: 'string' },
  },
})
const print = (line: string) => process.stdout.write(`${line}\n`)

await withTestBed(torture, { markAfter: values['mark-after'], faultCommand: values['fault-command'] })

async function torture({ database, services, uri, env }: TestBed): Promise<boolean> {
  const kills: Record<string, number> = {}
  const connection = await connect(uri, env.DATABASE ?? '')
  const imageIds = await createImages(connection, IMAGES)
  const key = await createKey(services[0]?.target.url ?? '', ['events:write'])
  const history: History = { acknowledged: [], sent: 0, requests: 0, failed: 0 }
  const stop = new AbortController()
  const targets = services.map(({ target }) => target)
  const writers = Array.from({ length: WRITERS }, () => write({ targets, imageIds, key }, history, stop.signal))
  const killing = killAtRandom({ database, services }, kills)
  await Promise.race([killing, ...writers])
  stop.abort()
  await Promise.all(writers)
  await waitUntil('all processes are ready', async () => database.ready && services.every(({ ready }) => ready))
  print('writers have stopped; waiting until everything is rolled up')
  await waitForRollups(connection)
  const before = await check(connection, history.acknowledged, APP)
  await replayToFeedback(connection)
  const findings = await check(connection, history.acknowledged, APP)
  const differences = await countDifferences(connection, env)
  await connection.connection.close()
  print(`kills ${JSON.stringify(kills)}`)
  print(
    `requests ${history.requests}, failed ${history.failed}, events sent ${history.sent}, acknowledged ${history.acknowledged.length}`,
  )
  print(
    `feedback that only the audit corrects, since its process was killed before the update and its client gave up: ${before.wrongFeedback}`,
  )
  print(`result ${JSON.stringify({ ...findings, verify: differences })}`)
  return [findings.lost, findings.duplicates, findings.wrongBuckets, findings.wrongFeedback, differences].every(
    n => n === 0,
  )
}

/** Kills and suspends services and the database at random moments, while a service processes requests. */
async function killAtRandom(
  { database, services }: Pick<TestBed, 'database' | 'services'>,
  kills: Record<string, number>,
) {
  const ends = performance.now() + Number(values.minutes) * 60_000
  const maxKills = Number(values.kills)
  let done = 0
  const count = (what: string) => {
    kills[what] = (kills[what] ?? 0) + 1
    if (++done % 50 === 0) print(`${done} kills`)
  }
  while (performance.now() < ends && done < maxKills) {
    await pause(Math.random() * 400)
    const service = services[Math.floor(Math.random() * services.length)]
    if (!service?.ready || !database.ready || service.target.inFlight === 0) continue
    const draw = Math.random()
    if (draw < 0.02) {
      const fault = database.disturb()
      if (fault) count(fault)
    } else if (draw < 0.12) {
      count('service STOP')
      void service.suspend(Math.random() * 8_000)
    } else {
      service.kill()
      count('service -9')
    }
  }
}

/** Applies all events to the feedback again, as the nightly audits do day by day. */
async function replayToFeedback(database: Database): Promise<void> {
  const { db } = database
  const projection = feedbackProjection(db, new WriterMarks(db), WINDOW_MS)
  const events = await db.collection<LoggedEvent>(EVENTS_ONCE).find({}, SCAN_LIMIT).toArray()
  for (let from = 0; from < events.length; from += 1_000) {
    await projection.update(events.slice(from, from + 1_000).filter(event => projection.handles(event)))
  }
  await waitForRollups(database)
}
