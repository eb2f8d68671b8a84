import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import mongoose, { type mongo } from 'mongoose'
import sharp from 'sharp'
import { Decoder } from '../../src/images/decoding/decoder.ts'
import { inspect } from '../../src/images/upload/inspect.ts'
import { withTemporaryFolder } from '../../src/lib/temporary-folder.ts'
import { type Child, startChild } from '../lib/child.ts'
import { measureMs } from './lib/measure-ms.ts'
import { quantile } from './lib/quantile.ts'
import { seedImages } from './lib/seed-images.ts'

const RUNS = 5
const MB_BYTES = 1_000_000
/** Number of large uploads, together 500 MB. */
const LARGE_UPLOADS = 11
const READS = 20
const PAGES = 300
/** Time until the database has statistics of its tables; it updates them once a minute. */
const STATISTICS_DELAY_MS = 150_000
const BOUNDARY = 'the-end-of-a-part'
const FORM_HEAD = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="bench.png"\r\n\r\n`
const FORM_END = `\r\n--${BOUNDARY}--\r\n`

const print = (line: string) => process.stdout.write(`${line}\n`)

interface Service {
  url: string
  rss: number
}
type Running = Child<Service>

/** Compares images with the bare driver on the same bytes, and a large library with a small one. */
export async function images(uri: string): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(uri)
  const service = await startChild<Service>('bench/services/image-service.ts', uri, 'bench-images')
  try {
    const upload = await uploader(service.first.url)
    const bucket = new mongoose.mongo.GridFSBucket(client.db('bench-raw'), { chunkSizeBytes: 1_048_576 })
    await uploads(service, upload, bucket)
    await files(service.first.url, upload, bucket)
    await renditions(service.first.url, upload)
    await lists(uri, client)
  } finally {
    await service.stop()
    await client.close()
  }
}

/** Uploads a picture followed by random bytes, so that each file is new. @returns the id of the image */
type Upload = (bytes: Buffer) => Promise<string>

/** Signs in and returns the function that uploads. */
async function uploader(url: string): Promise<Upload> {
  const credentials = { email: 'bench@example.com', password: 'the password of the bench' }
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(credentials) }
  const { accessToken } = (await (await fetch(`${url}/v1/sessions`, init)).json()) as { accessToken: string }
  const headers = {
    authorization: `Bearer ${accessToken}`,
    'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
  }
  return async bytes => {
    // Not fetch: it takes half a second to copy a large body before it sends the first byte.
    const request = httpRequest(`${url}/v1/images`, { method: 'POST', headers })
    for (const piece of [FORM_HEAD, bytes, randomBytes(16)]) request.write(piece)
    request.end(FORM_END)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    if (response.statusCode !== 201) throw new Error(`an upload failed with ${response.statusCode}`)
    return ((await json(response)) as { id: string }).id
  }
}

async function uploads(service: Running, upload: Upload, bucket: mongo.GridFSBucket): Promise<void> {
  const large = await picture(3_900)
  await upload(await picture(100))
  await pause(2_000)
  const idle = (await service.ask()).rss
  const ours = async () => void (await upload(large))
  const raw = () =>
    new Promise<void>((resolve, reject) => {
      bucket
        .openUploadStream('raw', { writeConcern: { w: 'majority' } })
        .on('error', reject)
        .end(large, resolve)
    })
  await compare('upload', ours, 'a raw GridFS stream', raw, large.length)
  print(
    `  inspection: ${(await inspectionMs(large)).toFixed(0)} ms of ${(await measureMs(ours)).toFixed(0)} ms of an upload`,
  )
  let peak = idle
  let done = false
  const sampling = (async () => {
    while (!done) {
      peak = Math.max(peak, (await service.ask()).rss)
      await pause(50)
    }
  })()
  for (let i = 0; i < LARGE_UPLOADS; i++) await ours()
  done = true
  await sampling
  print(
    `  memory during uploads of ${Math.round((LARGE_UPLOADS * large.length) / MB_BYTES)} MB: ${megabytes(peak - idle)} MB over idle`,
  )
}

/** Returns the median time of inspecting a file, in ms: work that the raw stream does not do. */
async function inspectionMs(bytes: Buffer): Promise<number> {
  return withTemporaryFolder(async folder => {
    const path = join(folder, 'picture')
    await writeFile(path, bytes)
    const decoder = new Decoder(100_000_000)
    const times: number[] = []
    for (let run = 0; run < RUNS; run++) times.push(await measureMs(() => inspect(path, decoder, { client: 'bench' })))
    return quantile(times)
  })
}

async function files(url: string, upload: Upload, bucket: mongo.GridFSBucket): Promise<void> {
  const bytes = await picture(1_300)
  const id = await upload(bytes)
  const raw = bucket.openUploadStream('raw')
  await new Promise<void>((resolve, reject) => raw.on('error', reject).end(bytes, resolve))
  const repeat = async (read: () => Promise<unknown>) => {
    for (let i = 0; i < READS; i++) await read()
  }
  await compare(
    'file',
    () => repeat(() => download(`${url}/v1/images/${id}/file`)),
    'a raw GridFS read',
    () => repeat(() => bucket.openDownloadStream(raw.id).toArray()),
    bytes.length * READS,
  )
}

async function download(url: string): Promise<Buffer[]> {
  const [response] = (await once(httpGet(url), 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) throw new Error(`a download failed with ${response.statusCode}`)
  return response.toArray()
}

async function renditions(url: string, upload: Upload): Promise<void> {
  const photo = await sharp(await picture(3_400))
    .jpeg()
    .toBuffer()
  for (const format of ['webp', 'jpeg', 'avif']) {
    const [cold, warm]: [number[], number[]] = [[], []]
    for (let run = 0; run < RUNS; run++) {
      const file = `${url}/v1/images/${await upload(photo)}/file?width=640&format=${format}`
      cold.push(await measureMs(() => download(file)))
      for (let i = 0; i < READS; i++) warm.push(await measureMs(() => download(file)))
    }
    print(`  640 px ${format} of 12 MP: cold ${quantile(cold).toFixed(0)} ms, warm ${quantile(warm).toFixed(1)} ms`)
  }
}

/** Measures lists and single images with a thousand and with a million documents, alternately. */
async function lists(uri: string, client: mongo.MongoClient): Promise<void> {
  const sizes = [1_000, 1_000_000]
  const services: { size: number; running: Running; ids: string[] }[] = []
  for (const size of sizes) {
    const name = `bench-images-${size}`
    const running = await startChild<Service>('bench/services/image-service.ts', uri, name)
    services.push({ size, running, ids: await seedImages(client.db(name), size) })
  }
  await pause(STATISTICS_DELAY_MS)
  const queries: Record<string, (url: string, id: string) => string> = {
    'list, newest': url => `${url}/v1/images`,
    'list by tag': url => `${url}/v1/images?tag=tag-7`,
    'list of an owner': url => `${url}/v1/images?owner=owner-3`,
    'one image': (url, id) => `${url}/v1/images/${id}`,
  }
  try {
    for (const [query, urlOf] of Object.entries(queries)) {
      const times = new Map<number, number[]>(sizes.map(size => [size, []]))
      for (let i = 0; i < PAGES; i++) {
        for (const { size, running, ids } of services) {
          const target = urlOf(running.first.url, ids[i % ids.length] ?? '')
          times.get(size)?.push(await measureMs(async () => (await fetch(target)).json()))
        }
      }
      const [small = [], large = []] = sizes.map(size => times.get(size) ?? [])
      const ratio = (q: number) => {
        const [a, b] = [quantile(small, q), quantile(large, q)]
        return `${a.toFixed(1)} and ${b.toFixed(1)} ms, ratio ${(b / a).toFixed(2)}`
      }
      print(`  ${query}, a thousand and a million: p50 ${ratio(0.5)}; p99 ${ratio(0.99)}`)
    }
  } finally {
    for (const { running } of services) await running.stop()
  }
}

/** Measures both alternately, so that a busy moment affects both alike, and prints the ratio. @param bytes that each run transfers */
async function compare(
  name: string,
  ours: () => Promise<void>,
  baseline: string,
  theirs: () => Promise<void>,
  bytes: number,
): Promise<void> {
  const [rates, baselineRates]: [number[], number[]] = [[], []]
  for (let run = 0; run < RUNS; run++) {
    baselineRates.push(bytes / (await measureMs(theirs)))
    rates.push(bytes / (await measureMs(ours)))
  }
  // Bytes per ms / 1,000 = MB per s.
  const [a, b] = [quantile(rates) / 1_000, quantile(baselineRates) / 1_000]
  print(`  ${name}: ${a.toFixed(1)} MB/s   over ${baseline}: ${b.toFixed(1)} MB/s   ratio ${(a / b).toFixed(2)}`)
}

/** Returns an uncompressed picture of noise as PNG, with three bytes per pixel. @param side in pixels */
function picture(side: number): Promise<Buffer> {
  return sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer()
}

function megabytes(bytes: number): string {
  return (bytes / MB_BYTES).toFixed(0)
}
