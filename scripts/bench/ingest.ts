import { uuidv7 } from 'uuidv7'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { connect, type Database } from '../../src/database/connect.ts'

const RUNS = 5
const EVENTS = 20_000
const BATCH = 1000
const IN_FLIGHT = 4

/** Events a second that HTTP takes in batches, marks, fold and all, over the driver's bare insertMany on the same indexes. */
export async function ingest(uri: string): Promise<void> {
  const secrets = { JWT_SECRET: uuidv7(), DATA_SECRET: uuidv7() }
  const admin = { email: 'bench@example.com', password: 'a password to bench' }
  const settings = { RATE_LIMIT: '0', LOG_LEVEL: 'error', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password }
  const config = loadConfig({ ...secrets, ...settings, MONGODB_URI: uri, DATABASE: `bench-${Date.now()}` })
  const database = await connect(uri, config.database)
  const app = await buildApp(config, database)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const { accessToken } = await post(`${url}/v1/sessions`, '', admin)
    const imageId = await anImage(database)
    const http = () => post(`${url}/v1/events`, accessToken, batch(imageId))
    const bare = () => database.db.collection('events').insertMany(batch(imageId).map(bareEvent), { ordered: false })
    const rates: { http: number; bare: number }[] = []
    for (let run = 0; run < RUNS; run++) rates.push({ bare: await rate(bare), http: await rate(http) })
    for (const { bare, http } of rates) line(bare, http)
    process.stdout.write('median\n')
    line(median(rates.map(({ bare }) => bare)), median(rates.map(({ http }) => http)))
  } finally {
    await app.close()
    await database.db.dropDatabase()
    await database.connection.close()
  }
}

function line(bare: number, http: number): void {
  const [a, b] = [bare, http].map(value => Math.round(value).toLocaleString('en'))
  process.stdout.write(`insertMany ${a}/s, HTTP ${b}/s, ratio ${(http / bare).toFixed(2)}\n`)
}

async function anImage({ db }: Database): Promise<string> {
  const _id = uuidv7()
  await db.collection<{ _id: string }>('images').insertOne({ _id, ownerId: 'bench', visibility: 'public' } as never)
  return _id
}

function batch(imageId: string) {
  return Array.from({ length: BATCH }, () => ({ id: uuidv7(), imageId, type: 'view' }))
}

function bareEvent({ id, imageId, type }: { id: string; imageId: string; type: string }) {
  return { _id: id as never, imageId, type, at: new Date(), person: 'bench' }
}

/** Events a second with a few batches under way at once. */
async function rate(send: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  let left = EVENTS / BATCH
  const lane = async () => {
    while (left-- > 0) await send()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return EVENTS / ((performance.now() - started) / 1000)
}

/** What the answers of the calls below may hold. */
interface Answer {
  accessToken: string
}

async function post(url: string, token: string, json: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(json) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Answer
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
