/**
 * `npm run overload -- --minutes 3`: posts batches at three times of what the service takes, and prints what became of them
 * second by second: nothing may be lost, and its memory must stay flat.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEngine } from '../../src/engine/engine.ts'
import { startChild } from '../lib/child.ts'
import { engineOptions } from '../lib/engine-options.ts'
import { postHundred, postRate } from './lib/load.ts'

const TIMES = 3
const WINDOW = 10_000

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '3' } } })
const say = (line: string) => process.stdout.write(`${line}\n`)

const folder = await mkdtemp(join(tmpdir(), 'glance-overload-'))
await chmod(folder, 0o755)
const engine = await startEngine({ ...engineOptions(), folder, durable: true, progress: say })
const service = await startChild<{ url: string; rss: number }>('bench/services/event-service.ts', 'group', engine.uri)
try {
  const { url } = service.first
  const peak = await postRate(url, 100, 32, 15)
  say(`peak ${Math.round(peak)} events/s; now ${TIMES} times that is offered`)
  const [began, minutes] = [performance.now(), Number(values.minutes)]
  const became = { sent: 0, accepted: 0, refused: 0 }
  const send = async () => {
    if (await postHundred(url).catch(() => undefined)) became.accepted += 100
    else became.refused += 100
  }
  // By the clock, however many are still waiting for their answers: who is slow is not asked more slowly.
  const offering = setInterval(() => {
    const owed = ((performance.now() - began) / 1_000) * peak * TIMES
    for (; became.sent < owed; became.sent += 100) void send()
  }, 10)
  while (performance.now() - began < minutes * 60_000) {
    const [before, since] = [{ ...became }, performance.now()]
    await pause(WINDOW)
    const rate = (what: keyof typeof became) => {
      return Math.round((became[what] - before[what]) / ((performance.now() - since) / 1_000))
    }
    const { rss } = await service.ask()
    say(
      `offered ${rate('sent')}/s, accepted ${rate('accepted')}/s, ${(rate('accepted') / peak).toFixed(2)} of peak; ` +
        `refused ${rate('refused')}/s; RSS ${Math.round(rss / 1e6)} MB`,
    )
  }
  clearInterval(offering)
  while (became.accepted + became.refused < became.sent) await pause(100)
} finally {
  await service.stop()
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
