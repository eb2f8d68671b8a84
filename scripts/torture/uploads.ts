/**
 * `npm run torture:uploads [-- --uploads 1000]`: uploads that their senders break off, and services that are killed in the middle
 * of them; then a sweep. No chunk may be left without its image, and every acknowledged image must have its bytes.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect as dial } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { connect, type Database } from '../../src/database/connect.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../src/images/storage/upload-intents.ts'
import { oneOf } from './one-of.ts'
import { signIn } from './props.ts'
import { busy, onScene, type Scene, type Service, until } from './scene.ts'

const LANES = 5
const SIDE = 1_150
const UPLOAD_TIME = 600_000

const { values } = parseArgs({ options: { uploads: { type: 'string', default: '1000' } } })
const pixels = randomBytes(SIDE * SIDE * 3)
const say = (line: string) => process.stdout.write(`${line}\n`)
const count: Record<string, number> = { begun: 0, 'broken off': 0, 'met a kill': 0, acknowledged: 0, kills: 0 }
const add = (what: string) => {
  count[what] = (count[what] ?? 0) + 1
}

await onScene(torture)

async function torture({ services, uri, env }: Scene): Promise<boolean> {
  const database = await connect(uri, env.DATABASE ?? '')
  const token = await signIn(services[0]?.target.url ?? '')
  const most = Number(values.uploads)
  const sums = new Map<string, string>()
  const lane = async () => {
    while ((count.begun ?? 0) < most) {
      const service = oneOf(services.filter(({ ready }) => ready))
      if (!service) await pause(20)
      else await uploadOnce(service, token, sums)
    }
  }
  const stop = new AbortController()
  const killing = killAtRandom(services, stop.signal)
  await Promise.all(Array.from({ length: LANES }, lane))
  stop.abort()
  await killing
  await until('all are up', async () => services.every(({ ready }) => ready))
  say(JSON.stringify(count))
  say(`before the sweep: ${JSON.stringify(await leftOver(database))}`)
  const blobs = new Blobs(database.db)
  const intents = new UploadIntents(database.client, database.db, blobs, UPLOAD_TIME)
  say(`swept: ${await intents.sweep(Date.now() + 2 * UPLOAD_TIME + 1_000)}`)
  const after = await leftOver(database)
  const wrong = await wrongBytes(services[0], sums)
  say(`after the sweep: ${JSON.stringify({ ...after, wrongBytes: wrong })}`)
  await database.connection.close()
  return [...Object.values(after), wrong].every(n => n === 0)
}

/** Two of three are broken off somewhere by their sender; the others go on until they are answered or their service is killed. */
async function uploadOnce(service: Service, token: string, sums: Map<string, string>): Promise<void> {
  add('begun')
  if ((count.begun ?? 0) % 100 === 0) say(JSON.stringify(count))
  const bytes = await picture()
  const body = Buffer.concat([
    Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n'),
    bytes,
    Buffer.from('\r\n--b--\r\n'),
  ])
  const breakAt = Math.random() < 2 / 3 ? Math.floor(Math.random() * body.length) : undefined
  service.target.inFlight++
  const answer = await send(service.target.url, token, body, breakAt)
  service.target.inFlight--
  const [, id] = /"id":"([^"]+)"/.exec(answer) ?? []
  if (id) {
    add('acknowledged')
    sums.set(id, createHash('sha256').update(bytes).digest('hex'))
  } else if (answer !== '') add(`refused with ${/"code":"(\w+)"/.exec(answer)?.[1]}`)
  else add(breakAt === undefined ? 'met a kill' : 'broken off')
}

/** Sends in pieces; gives what came back, which is nothing where the connection broke. */
function send(url: string, token: string, body: Buffer, breakAt: number | undefined): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise(resolve => {
    let answer = ''
    const socket = dial(Number(port), hostname)
    const head = ['POST /v1/images HTTP/1.1', 'host: x', `authorization: Bearer ${token}`, 'connection: close']
    socket.write(
      [...head, 'content-type: multipart/form-data; boundary=b', `content-length: ${body.length}`, '', ''].join('\r\n'),
    )
    socket.write(body.subarray(0, breakAt), () => breakAt !== undefined && socket.destroy())
    socket.on('data', data => {
      answer += data
    })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(answer))
  })
}

/** After some more uploads each time, so that between the kills there is time to finish. */
async function killAtRandom(services: Service[], stop: AbortSignal): Promise<void> {
  let next = 0
  while (!stop.aborted) {
    await pause(Math.random() * 300)
    const service = oneOf(busy(services))
    if (!service || (count.begun ?? 0) < next) continue
    service.kill()
    add('kills')
    next = (count.begun ?? 0) + 10 + Math.random() * 30
  }
}

/** Noise of two chunks or so, no two alike. */
function picture(): Promise<Buffer> {
  randomBytes(16).copy(pixels)
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg()
    .toBuffer()
}

async function leftOver({ db }: Database): Promise<Record<string, number>> {
  const blobIds = await db.collection('images').distinct('blobId')
  const orphans = { $nin: blobIds }
  return {
    chunks: await db.collection('blobs.chunks').countDocuments({ files_id: orphans }),
    files: await db.collection('blobs.files').countDocuments({ _id: orphans }),
    intents: await db.collection('uploads').countDocuments({}),
  }
}

async function wrongBytes(service: Service | undefined, sums: Map<string, string>): Promise<number> {
  let wrong = 0
  for (const [id, sum] of sums) {
    const response = await fetch(`${service?.target.url}/v1/images/${id}/file`)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (createHash('sha256').update(bytes).digest('hex') !== sum) wrong++
  }
  return wrong
}
