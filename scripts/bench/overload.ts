/**
 * `npm run overload -- --minutes 3`: posts batches at three times the peak rate of the service and prints every 10 seconds how many
 * were accepted and refused. The accepted rate should stay near the peak, and memory should not grow.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEngine } from '../../src/engine/engine.ts'
import { startChild } from '../lib/child.ts'
import { engineOptions } from '../lib/engine-options.ts'
import { postBatch, postRate } from './lib/load.ts'

const OVERLOAD_FACTOR = 3
const REPORT_INTERVAL_MS = 10_000
const BATCH_SIZE = 100

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '3' } } })
const print = (line: string) => process.stdout.write(`${line}\n`)

const folder = await mkdtemp(join(tmpdir(), 'glance-overload-'))
await chmod(folder, 0o755)
const engine = await startEngine({ ...engineOptions(), folder, durable: true, progress: print })
const service = await startChild<{ url: string; rss: number }>('bench/services/event-service.ts', 'full', engine.uri)
try {
  const { url } = service.first
  const peak = await postRate(url, BATCH_SIZE, 32, 15)
  print(`peak ${Math.round(peak)} events/s; now posting at ${OVERLOAD_FACTOR} times that rate`)
  const [started, minutes] = [performance.now(), Number(values.minutes)]
  const counts = { sent: 0, accepted: 0, refused: 0 }
  const send = async () => {
    if (await postBatch(url).catch(() => undefined)) counts.accepted += BATCH_SIZE
    else counts.refused += BATCH_SIZE
  }
  // By the clock, however many requests are still open: a slow service does not lower the offered rate.
  const posting = setInterval(() => {
    const due = ((performance.now() - started) / 1_000) * peak * OVERLOAD_FACTOR
    for (; counts.sent < due; counts.sent += BATCH_SIZE) void send()
  }, 10)
  while (performance.now() - started < minutes * 60_000) {
    const [before, since] = [{ ...counts }, performance.now()]
    await pause(REPORT_INTERVAL_MS)
    const rate = (what: keyof typeof counts) => {
      return Math.round((counts[what] - before[what]) / ((performance.now() - since) / 1_000))
    }
    const { rss } = await service.ask()
    print(
      `offered ${rate('sent')}/s, accepted ${rate('accepted')}/s, ${(rate('accepted') / peak).toFixed(2)} of peak; ` +
        `refused ${rate('refused')}/s; RSS ${Math.round(rss / 1e6)} MB`,
    )
  }
  clearInterval(posting)
  while (counts.accepted + counts.refused < counts.sent) await pause(100)
} finally {
  await service.stop()
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
