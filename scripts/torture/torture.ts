/**
 * `npm run torture -- --minutes 10 [--kills 1000] [--mark-after]`: writers that replay, shuffle, split and duplicate, against
 * services and a database that are killed and suspended at random moments; in the end log, sums and feedback must agree.
 * With --mark-after a copy of the service is used that marks after the insert: that must be found.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect, type Database } from '../../src/database/connect.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { feedbackProjection } from '../../src/feedback/feedback-projection.ts'
import { judge, settled, verified } from './judge.ts'
import { APP, aKey, someImages } from './props.ts'
import { onScene, type Scene, until } from './scene.ts'
import { type History, write } from './writer.ts'

const WRITERS = 6
const IMAGES = 40

/** How old an event may be that comes in, as the service has it where it is not told. */
const WINDOW = 7 * 86_400_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    kills: { type: 'string', default: '1000000' },
    'mark-after': { type: 'boolean', default: false },
  },
})
const say = (line: string) => process.stdout.write(`${line}\n`)

await onScene(torture, values['mark-after'])

async function torture({ database, services, uri, env }: Scene): Promise<boolean> {
  const kills: Record<string, number> = {}
  const connection = await connect(uri, env.DATABASE ?? '')
  const imageIds = await someImages(connection, IMAGES)
  const key = await aKey(services[0]?.target.url ?? '', ['events:write'])
  const history: History = { acknowledged: [], sent: 0, requests: 0, failed: 0 }
  const stop = new AbortController()
  const targets = services.map(({ target }) => target)
  const writers = Array.from({ length: WRITERS }, () => write({ targets, imageIds, key }, history, stop.signal))
  const killing = killAtRandom({ database, services }, kills)
  await Promise.race([killing, ...writers])
  stop.abort()
  await Promise.all(writers)
  await until('all are up', async () => database.ready && services.every(({ ready }) => ready))
  say('quiet: waiting until everything is summed')
  await settled(connection)
  const before = await judge(connection, history.acknowledged, APP)
  await tellFollower(connection)
  const verdict = await judge(connection, history.acknowledged, APP)
  const differences = await verified(connection, env)
  await connection.connection.close()
  say(`kills ${JSON.stringify(kills)}`)
  say(
    `requests ${history.requests}, failed ${history.failed}, events sent ${history.sent}, acknowledged ${history.acknowledged.length}`,
  )
  say(
    `feedback that waited for the audit, its process killed before it was told and its client gone: ${before.wrongFeedback}`,
  )
  say(`in the end ${JSON.stringify({ ...verdict, verify: differences })}`)
  return [verdict.lost, verdict.twice, verdict.wrongBuckets, verdict.wrongFeedback, differences].every(n => n === 0)
}

/** Kills count only while a write is under way there. */
async function killAtRandom(
  { database, services }: Pick<Scene, 'database' | 'services'>,
  kills: Record<string, number>,
) {
  const ends = performance.now() + Number(values.minutes) * 60_000
  const most = Number(values.kills)
  let done = 0
  const next = (what: string) => {
    kills[what] = (kills[what] ?? 0) + 1
    if (++done % 50 === 0) say(`${done} kills`)
  }
  while (performance.now() < ends && done < most) {
    await pause(Math.random() * 400)
    const service = services[Math.floor(Math.random() * services.length)]
    if (!service?.ready || !database.ready || service.target.inFlight === 0) continue
    const lot = Math.random()
    if (lot < 0.02) {
      database.kill()
      next('database -9')
    } else if (lot < 0.12) {
      next('service STOP')
      void service.suspend(Math.random() * 8_000)
    } else {
      service.kill()
      next('service -9')
    }
  }
}

/** Tells feedback what happened once more, as the nightly audits do with each day. */
async function tellFollower(database: Database): Promise<void> {
  const { db } = database
  const projection = feedbackProjection(db, new WriterMarks(db), WINDOW)
  const events = await db.collection<LoggedEvent>('events').find().toArray()
  for (let from = 0; from < events.length; from += 1_000) {
    await projection.update(events.slice(from, from + 1_000).filter(event => projection.handles(event)))
  }
  await settled(database)
}
