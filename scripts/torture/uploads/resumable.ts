/**
 * `npm run torture:resumable [-- --kills 100]`: tus-js-client uploads pictures while services are killed and connections are cut at
 * random offsets; it resumes at another service. Every picture must have its bytes, and no chunk may remain.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { Upload } from 'tus-js-client'
import { connect } from '../../../src/database/connect.ts'
import { signIn } from '../fixtures.ts'
import { randomItem } from '../random-item.ts'
import { type TestBed, waitUntil, withTestBed } from '../test-bed.ts'
import { startInterruptingProxy } from './interrupting-proxy.ts'
import { leftOver } from './left-over.ts'

/** Width and height of the pictures, in pixels: about 8 MB. */
const SIDE = 3_000
/** Most bytes between two interruptions. More than a chunk, which a kill may take with it. */
const MAX_BETWEEN = 3 * 1_048_576
/** A service is killed up to so much later than it gets the last bytes, so that some are stored. */
const MAX_DELAY_MS = 400
const RETRY_MS = 100
const RETRIES = 6_000

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' } } })
const print = (line: string) => process.stdout.write(`${line}\n`)
const counts = { uploads: 0, kills: 0, cuts: 0, resumed: 0, begun: 0, wrongBytes: 0 }

await withTestBed(torture)

async function torture({ services, uri, env }: TestBed): Promise<boolean> {
  const { connection, db } = await connect(uri, env.DATABASE ?? '')
  const token = await signIn(services[0]?.target.url ?? '')
  const proxy = await startInterruptingProxy({
    target: () => (randomItem(services.filter(({ ready }) => ready)) ?? services[0])?.target.url ?? '',
    nextAfter: () => 1 + Math.floor(Math.random() * MAX_BETWEEN),
    interrupt: async target => {
      await pause(Math.random() * MAX_DELAY_MS)
      const service = services.find(({ target: { url } }) => url === target)
      if (!service || Math.random() < 0.25) counts.cuts++
      else {
        service.kill()
        counts.kills++
        print(JSON.stringify(counts))
      }
    },
  })
  while (counts.kills < Number(values.kills)) {
    const bytes = await picture()
    const { id } = await upload(bytes, `${proxy.url}/v1/uploads`, token)
    counts.uploads++
    await waitUntil('a service is ready', async () => services.some(({ ready }) => ready))
    const service = services.find(({ ready }) => ready)
    const stored = await (await fetch(`${service?.target.url}/v1/images/${id}/file`)).arrayBuffer()
    if (sha256(new Uint8Array(stored)) !== sha256(bytes)) counts.wrongBytes++
  }
  proxy.close()
  const images = await db.collection('images').countDocuments({})
  const unfinished = await db.collection('resumableUploads').countDocuments({ imageId: { $exists: false } })
  const { chunks } = await leftOver(db)
  print(JSON.stringify({ ...counts, images, unfinished, chunks }))
  await connection.close()
  return counts.wrongBytes === 0 && images === counts.uploads && unfinished === 0 && chunks === 0
}

/** Uploads a file. @returns the image */
function upload(bytes: Buffer, endpoint: string, token: string): Promise<{ id: string }> {
  return new Promise((resolve, reject) => {
    const file = new Upload(bytes, {
      endpoint,
      headers: { authorization: `Bearer ${token}` },
      metadata: { filename: 'x.jpg' },
      retryDelays: Array.from({ length: RETRIES }, () => RETRY_MS),
      onAfterResponse: request => {
        if (request.getMethod() === 'HEAD') counts.resumed++
        if (request.getMethod() === 'POST') counts.begun++
      },
      onError: reject,
      onSuccess: ({ lastResponse }) => {
        const [id = ''] = /[^/]+$/.exec(lastResponse.getHeader('Upload-Image') ?? '') ?? []
        resolve({ id })
      },
    })
    file.start()
  })
}

/** Returns a JPEG of noise; each one is different. */
function picture(): Promise<Buffer> {
  return sharp(randomBytes(SIDE * SIDE * 3), { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg()
    .toBuffer()
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
