import { connect as dial, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import sharp from 'sharp'
import { type Child, startChild } from '../lib/child.ts'
import { post, postJson, signIn } from '../seed/send/client.ts'
import { cpuSeconds } from './lib/cpu-seconds.ts'
import { quantile } from './lib/quantile.ts'

const LISTENERS = 1_000
/** A caller may have no more streams. */
const LISTENERS_OF_KEY = 50
const IMAGES = 20
const EVENTS_PER_SECOND = 20
const RUNS = 3
const RUN_SECONDS = 20
const MIB = 1_048_576
const ADMIN = { email: 'root@example.com', password: 'a password for benches' }

const print = (line: string) => process.stdout.write(`${line}\n`)

type Service = Child<{ url: string; rss: number }>

/** Measures CPU time and memory of the service with 1,000 listeners, beside the same service without any. */
export async function live(uri: string): Promise<void> {
  if (process.platform !== 'linux') {
    print('CPU seconds are measured on Linux only')
    return
  }
  const service: Service = await startChild('bench/services/whole-service.ts', uri, JSON.stringify(ADMIN))
  try {
    const authorization = await signIn(service.first.url, ADMIN)
    const postEvents = await eventPoster(service.first.url, authorization)
    await measure(service, postEvents)
    const rows = { idle: [] as Usage[], listened: [] as Usage[], busy: [] as Usage[], both: [] as Usage[] }
    for (let run = 0; run < RUNS; run++) {
      rows.idle.push(await measure(service))
      rows.busy.push(await measure(service, postEvents))
      const listeners = await openListeners(service.first.url, authorization)
      rows.listened.push(await measure(service))
      const before = listeners.received()
      rows.both.push(await measure(service, postEvents))
      const events = (listeners.received() - before) / LISTENERS / RUN_SECONDS
      print(`run ${run + 1}: each of ${LISTENERS} listeners got ${events.toFixed(2)} events a second`)
      await listeners.close()
    }
    report('idle, without listeners (the baseline)', rows.idle)
    report(`idle, with ${LISTENERS} listeners`, rows.listened, rows.idle)
    report(`${EVENTS_PER_SECOND} events/s, without listeners (the baseline)`, rows.busy)
    report(`${EVENTS_PER_SECOND} events/s, with ${LISTENERS} listeners`, rows.both, rows.busy)
  } finally {
    await service.stop()
  }
}

/** Share of a core, and memory in bytes. */
interface Usage {
  cpu: number
  rss: number
}

async function measure({ process: { pid = 0 }, ask }: Service, postEvents?: () => Promise<void>): Promise<Usage> {
  const before = (await cpuSeconds(pid)).own
  const started = performance.now()
  for (let second = 0; second < RUN_SECONDS; second++) {
    if (postEvents) await postEvents()
    await pause((second + 1) * 1_000 - (performance.now() - started))
  }
  const cpu = ((await cpuSeconds(pid)).own - before) / ((performance.now() - started) / 1_000)
  return { cpu, rss: (await ask()).rss }
}

/** Prints the median CPU time, and how much more it and the memory are than those of a baseline, at most. */
function report(name: string, usages: Usage[], baseline?: Usage[]): void {
  const cpuOf = (all: Usage[]) => quantile(all.map(({ cpu }) => cpu)) * 100
  const most = Math.max(...usages.map(({ rss }) => rss))
  const difference = (before: Usage[]) => {
    const memory = most - Math.min(...before.map(({ rss }) => rss))
    return `, ${(cpuOf(usages) - cpuOf(before)).toFixed(1)} % and ${(memory / MIB).toFixed(0)} MiB more`
  }
  const more = baseline ? difference(baseline) : ''
  print(`${name.padEnd(46)} ${cpuOf(usages).toFixed(1)} % of a core, ${(most / MIB).toFixed(0)} MiB${more}`)
}

/** Returns a function that posts the events of a second, on several images. */
async function eventPoster(url: string, headers: { authorization: string }): Promise<() => Promise<void>> {
  const ids: string[] = []
  for (let i = 0; i < IMAGES; i++) {
    const picture = await sharp({ create: { width: 9 + i, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const body = new FormData()
    body.append('file', new Blob([new Uint8Array(picture)]), 'red.png')
    ids.push((await post(`${url}/v1/images`, { headers, body })).id)
  }
  const spacing = 1_000 / EVENTS_PER_SECOND
  return async () => {
    for (let i = 0; i < EVENTS_PER_SECOND; i++) {
      await postJson(`${url}/v1/events`, { imageId: ids[i % IMAGES], type: 'view' }, headers)
      if (i < EVENTS_PER_SECOND - 1) await pause(spacing * 0.8)
    }
  }
}

/** Opens the streams of the site's numbers; they are read, and their events counted. */
async function openListeners(url: string, headers: { authorization: string }) {
  let received = 0
  const sockets: Socket[] = []
  for (let caller = 0; caller < LISTENERS / LISTENERS_OF_KEY; caller++) {
    const request = { name: `listener ${caller}`, app: 'bench', scopes: ['stats:read'] }
    const { key } = await postJson(`${url}/v1/keys`, request, headers)
    const opened = Array.from({ length: LISTENERS_OF_KEY }, () => openListener(url, key, () => received++))
    sockets.push(...(await Promise.all(opened)))
  }
  return {
    received: () => received,
    async close() {
      for (const socket of sockets) socket.destroy()
      await pause(1_000)
    },
  }
}

/** Opens a stream, and waits for its first event. */
function openListener(url: string, key: string, gotEvent: () => void): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = dial(Number(port), hostname)
  socket.write(`GET /v1/live HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${key}\r\n\r\n`)
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('data', data => {
      if (data.includes('HTTP/1.1 ') && !data.includes(' 200 ')) reject(new Error(data.toString('latin1', 0, 300)))
      if (!data.includes('\nevent: ')) return
      gotEvent()
      resolve(socket)
    })
  })
}
