/**
 * `npm run torture:uploads [-- --uploads 1000]`: clients abort uploads and services are killed during uploads; then the sweeper runs. No
 * chunk may remain without its image, and every acknowledged image must have its bytes.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect as dial } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { connect } from '../../src/database/connect.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../src/images/storage/upload-intents.ts'
import { signIn } from './fixtures.ts'
import { randomItem } from './random-item.ts'
import { busy, type Service, type TestBed, waitUntil, withTestBed } from './test-bed.ts'
import { leftOver } from './uploads/left-over.ts'

const LANES = 5
/** Width and height of the pictures, in pixels. */
const SIDE = 1_150
const UPLOAD_TIMEOUT_MS = 600_000

const { values } = parseArgs({ options: { uploads: { type: 'string', default: '1000' } } })
const pixels = randomBytes(SIDE * SIDE * 3)
const print = (line: string) => process.stdout.write(`${line}\n`)
const counts: Record<string, number> = { begun: 0, aborted: 0, 'ended by a kill': 0, acknowledged: 0, kills: 0 }
const increment = (what: string) => {
  counts[what] = (counts[what] ?? 0) + 1
}

await withTestBed(torture)

async function torture({ services, uri, env }: TestBed): Promise<boolean> {
  const database = await connect(uri, env.DATABASE ?? '')
  const token = await signIn(services[0]?.target.url ?? '')
  const uploads = Number(values.uploads)
  const hashes = new Map<string, string>()
  const lane = async () => {
    while ((counts.begun ?? 0) < uploads) {
      const service = randomItem(services.filter(({ ready }) => ready))
      if (!service) await pause(20)
      else await uploadOnce(service, token, hashes)
    }
  }
  const stop = new AbortController()
  const killing = killAtRandom(services, stop.signal)
  await Promise.all(Array.from({ length: LANES }, lane))
  stop.abort()
  await killing
  await waitUntil('all services are ready', async () => services.every(({ ready }) => ready))
  print(JSON.stringify(counts))
  print(`before the sweep: ${JSON.stringify(await leftOver(database.db))}`)
  const blobs = new Blobs(database.db)
  const intents = new UploadIntents(database.client, database.db, blobs, UPLOAD_TIMEOUT_MS)
  print(`swept: ${await intents.sweep(Date.now() + 2 * UPLOAD_TIMEOUT_MS + 1_000)}`)
  const after = await leftOver(database.db)
  const wrong = await wrongBytes(services[0], hashes)
  print(`after the sweep: ${JSON.stringify({ ...after, wrongBytes: wrong })}`)
  await database.connection.close()
  return [...Object.values(after), wrong].every(n => n === 0)
}

/** Uploads a picture. The client aborts two of three uploads; the others end with a response or when their service is killed. */
async function uploadOnce(service: Service, token: string, hashes: Map<string, string>): Promise<void> {
  increment('begun')
  if ((counts.begun ?? 0) % 100 === 0) print(JSON.stringify(counts))
  const bytes = await picture()
  const body = Buffer.concat([
    Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n'),
    bytes,
    Buffer.from('\r\n--b--\r\n'),
  ])
  const abortAt = Math.random() < 2 / 3 ? Math.floor(Math.random() * body.length) : undefined
  service.target.inFlight++
  const response = await send(service.target.url, token, body, abortAt)
  service.target.inFlight--
  const [, id] = /"id":"([^"]+)"/.exec(response) ?? []
  if (id) {
    increment('acknowledged')
    hashes.set(id, createHash('sha256').update(bytes).digest('hex'))
  } else if (response !== '') increment(`refused with ${/"code":"(\w+)"/.exec(response)?.[1]}`)
  else increment(abortAt === undefined ? 'ended by a kill' : 'aborted')
}

/** Sends an upload, up to a byte if it is to be aborted. @returns the response; empty when the connection broke */
function send(url: string, token: string, body: Buffer, abortAt: number | undefined): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise(resolve => {
    let response = ''
    const socket = dial(Number(port), hostname)
    const head = ['POST /v1/images HTTP/1.1', 'host: x', `authorization: Bearer ${token}`, 'connection: close']
    socket.write(
      [...head, 'content-type: multipart/form-data; boundary=b', `content-length: ${body.length}`, '', ''].join('\r\n'),
    )
    socket.write(body.subarray(0, abortAt), () => abortAt !== undefined && socket.destroy())
    socket.on('data', data => {
      response += data
    })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(response))
  })
}

/** Kills random services, with some uploads in between, so that uploads can finish. */
async function killAtRandom(services: Service[], stop: AbortSignal): Promise<void> {
  let next = 0
  while (!stop.aborted) {
    await pause(Math.random() * 300)
    const service = randomItem(busy(services))
    if (!service || (counts.begun ?? 0) < next) continue
    service.kill()
    increment('kills')
    next = (counts.begun ?? 0) + 10 + Math.random() * 30
  }
}

/** Returns a JPEG of noise of about two chunks; each one is different. */
function picture(): Promise<Buffer> {
  randomBytes(16).copy(pixels)
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg()
    .toBuffer()
}

/** Returns the number of acknowledged images whose bytes differ from the uploaded ones. */
async function wrongBytes(service: Service | undefined, hashes: Map<string, string>): Promise<number> {
  let wrong = 0
  for (const [id, hash] of hashes) {
    const response = await fetch(`${service?.target.url}/v1/images/${id}/file`)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (createHash('sha256').update(bytes).digest('hex') !== hash) wrong++
  }
  return wrong
}
