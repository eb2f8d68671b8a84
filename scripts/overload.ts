/**
 * `npm run overload -- --minutes 3`: posts batches at three times of what the service takes, and prints what became of them
 * second by second: nothing may be lost, and its memory must stay flat.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEngine } from '../src/engine/engine.ts'
import { postHundred, postRate } from './bench/load.ts'
import { startChild } from './child.ts'
import { engineOptions } from './engine-options.ts'

const TIMES = 3
const WINDOW = 10_000

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '3' } } })
const say = (line: string) => process.stdout.write(`${line}\n`)

const folder = await mkdtemp(join(tmpdir(), 'glance-overload-'))
await chmod(folder, 0o755)
const engine = await startEngine({ ...engineOptions(), folder, durable: true, progress: say })
const service = await startChild<{ url: string; rss: number }>('bench/event-service.ts', 'group', engine.uri)
try {
  const { url } = service.first
  const peak = await postRate(url, 100, 32, 15)
  say(`peak ${Math.round(peak)} events/s; now ${TIMES} times that is offered`)
  const ends = performance.now() + Number(values.minutes) * 60_000
  let [accepted, refused] = [0, 0]
  const offer = async () => {
    while (performance.now() < ends) {
      const began = performance.now()
      const lanes = Math.ceil((peak * TIMES) / 100 / 10)
      await Promise.all(
        Array.from({ length: lanes }, async () => {
          if (await postHundred(url).catch(() => false)) accepted += 100
          else refused += 100
        }),
      )
      await pause(Math.max(0, 100 - (performance.now() - began)))
    }
  }
  const offering = Promise.all(Array.from({ length: 6 }, offer))
  while (performance.now() < ends) {
    const [before, began] = [accepted, performance.now()]
    await pause(WINDOW)
    const rate = (accepted - before) / ((performance.now() - began) / 1_000)
    const { rss } = await service.ask()
    say(
      `accepted ${Math.round(rate)}/s, ${(rate / peak).toFixed(2)} of peak; refused so far ${refused}; RSS ${Math.round(rss / 1e6)} MB`,
    )
  }
  await offering
} finally {
  await service.stop()
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
