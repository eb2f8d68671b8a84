import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '../../src/database/connect.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { startChild } from '../lib/child.ts'
import { makeHistory } from './lib/history.ts'
import { BENCH_SECRET } from './lib/secret.ts'

const EVENTS = 1_000_000
const KILLS = 10
const DATABASE = 'bench-archive'
const DAY_MS = 86_400_000
const RETENTION = { accept: 7 * DAY_MS, minuteRollups: 8 * DAY_MS, events: 90 * DAY_MS, hourRollups: 400 * DAY_MS }
const MB_BYTES = 1_048_576

const print = (line: string) => process.stdout.write(`${line}\n`)

interface Message {
  idle: number
  seconds: number
  peak: number
}

/** Measures the archive of a million events: time, memory over idle and size. Then kills it at random, and compares the bytes. */
export async function archiving(uri: string): Promise<void> {
  const database = await connect(uri, DATABASE)
  const folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'glance-bench-archive-'))))
  const [folder = '', killed = ''] = folders
  try {
    const log = await openLog(database, 'auto', RETENTION.events, () => undefined, personHash(BENCH_SECRET))
    await applyRetention(database.db, log, RETENTION)
    await makeHistory(database, log, EVENTS)
    print(`${EVENTS.toLocaleString('en')} events of a month are rolled up`)
    const service = await startService(uri, folder)
    const { seconds, peak } = await service.ask()
    const bytes = await bytesIn(folder, 'events')
    print(
      `archived in ${seconds.toFixed(1)} s, ${megabytes(peak - service.first.idle)} over idle (${megabytes(service.first.idle)}); ` +
        `events: ${megabytes(bytes)}, ${(bytes / EVENTS).toFixed(1)} bytes each; all files: ${megabytes(await bytesIn(folder))}`,
    )
    print(`a second run: ${(await service.ask()).seconds.toFixed(1)} s`)
    await service.stop()
    for (let kill = 0; kill < KILLS; kill++) await killAfter(Math.random() * seconds * 150, uri, killed)
    const last = await startService(uri, killed)
    await last.ask()
    await last.stop()
    const same = (await hashesIn(folder)) === (await hashesIn(killed))
    print(`killed ${KILLS} times at random: ${same ? 'the same bytes' : 'OTHER BYTES'}`)
    if (!same) process.exitCode = 1
  } finally {
    await database.connection.close()
    await Promise.all(folders.map(path => rm(path, { recursive: true, force: true })))
  }
}

function startService(uri: string, folder: string) {
  return startChild<Message>('bench/services/archive-service.ts', uri, DATABASE, folder)
}

/** Each kill comes within the next 15 % of the work, so that ten of them meet all of it. */
async function killAfter(ms: number, uri: string, folder: string): Promise<void> {
  const service = await startService(uri, folder)
  service.process.send('archive')
  await pause(ms)
  await service.stop()
}

function megabytes(bytes: number): string {
  return `${(bytes / MB_BYTES).toFixed(1)} MB`
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

async function bytesIn(folder: string, table = ''): Promise<number> {
  let bytes = 0
  for (const path of await filesIn(join(folder, table))) bytes += (await readFile(path)).length
  return bytes
}

/** Returns a hash of the paths and the content of all files. */
async function hashesIn(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const path of await filesIn(folder)) hash.update(path.slice(folder.length)).update(await readFile(path))
  return hash.digest('hex')
}
