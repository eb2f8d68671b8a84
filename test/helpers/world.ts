import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { connect, type Database } from '../../src/database/connect.ts'
import { askedLayout, freshDatabase, serverUri } from './database/mongodb.ts'
import { until } from './until.ts'

export const ADMIN = { email: 'root@example.com', password: 'a password for root' }

/** Far less work than a service accepts: tests sign in thousands of times. */
export const CHEAP_BCRYPT_COST = 4

/** The time limit of the commands of a service under test, which also a busy machine keeps. */
const PATIENCE_MS = 60_000

/** A response, with its body parsed where it is JSON. */
export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  body: any
  bytes: Buffer
}

export interface Ask {
  token?: string
  key?: string
  json?: unknown
  body?: NonNullable<RequestInit['body']>
  headers?: Record<string, string>
}

/** The whole service, listening, on a database of its own. */
export interface World {
  url: string
  database: Database
  asks(method: string, path: string, ask?: Ask): Promise<Answer>
  signsUp(name: string): Promise<Person>
  signsIn(credentials: { email: string; password: string }): Promise<Person>
  /** The admin that the service was started with, signed in once. */
  root(): Promise<Person>
  /** A key of an app, made by the admin. */
  hasKey(key: {
    app: string
    scopes: string[]
    origins?: string[]
    ownerId?: string
    expiresAt?: string
  }): Promise<{ id: string; key: string }>
}

/** A user who is signed in. */
export interface Person {
  id: string
  token: string
  refreshToken: string
  uploads(bytes: Uint8Array, fields?: Record<string, string | string[]>): Promise<Answer>
  changes(imageId: string, changes: unknown, ifMatch?: string): Promise<Answer>
  removes(imageId: string, ifMatch?: string): Promise<Answer>
  reports(events: unknown): Promise<Answer>
  statsOf(imageId: string, query?: string): Promise<Answer>
  /** Sets their feedback on an image; PATCH sets some of it. */
  thinks(imageId: string, wanted: object, method?: 'PUT' | 'PATCH'): Promise<Answer>
  comments(imageId: string, text: string): Promise<Answer>
  gets(path: string): Promise<Answer>
  deletes(path: string): Promise<Answer>
}

/** The environment variables of the service under test. */
export async function testEnvironment(t: Test, more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'glance-world-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return {
    MONGODB_URI: serverUri(),
    DATABASE: freshDatabase(),
    EVENT_LOG: askedLayout(),
    GLANCE_FOLDER: folder,
    JWT_SECRET: 'the secret that signs tokens in tests',
    DATA_SECRET: 'the secret that keys hashes in tests',
    PORT: '0',
    LOG_LEVEL: 'silent',
    RATE_LIMIT: '0',
    SIGN_UP_LIMIT: '0',
    BCRYPT_COST: '10',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    ...more,
  }
}

/** @param settings what the environment may not set: less work and shorter times than a service needs */
export async function openWorld(t: Test, more: NodeJS.ProcessEnv = {}, settings: Partial<Config> = {}): Promise<World> {
  const config = { ...loadConfig(await testEnvironment(t, more)), bcryptCost: CHEAP_BCRYPT_COST, ...settings }
  const database = await until('the database is reached', () =>
    connect(config.mongodbUri ?? '', config.database, PATIENCE_MS).catch(() => undefined),
  )
  const app = await buildApp(config, database).catch(async error => {
    await database.connection.close()
    throw error
  })
  const url = await app.listen({ host: config.host, port: config.port })
  t.teardown(async () => {
    await app.close()
    // A database that was passed in belongs to another world.
    if (!more.DATABASE) await database.db.dropDatabase()
    await database.connection.close()
  })
  return { ...worldAt(url), database }
}

/** A client of a service that listens at `url`. */
export function worldAt(url: string): Omit<World, 'database'> {
  const asks = (method: string, path: string, ask: Ask = {}) => send(url, method, path, ask)

  async function signsIn(credentials: { email: string; password: string }): Promise<Person> {
    const { body } = await asks('POST', '/v1/sessions', { json: credentials })
    const token: string = body.accessToken
    const me = await asks('GET', '/v1/users/me', { token })
    return {
      id: me.body.id,
      token,
      refreshToken: body.refreshToken,
      uploads: (bytes, fields = {}) => asks('POST', '/v1/images', { token, body: form(bytes, fields) }),
      changes: (imageId, json, ifMatch) =>
        asks('PATCH', `/v1/images/${imageId}`, { token, json, headers: ifMatch ? { 'if-match': ifMatch } : {} }),
      removes: (imageId, ifMatch) =>
        asks('DELETE', `/v1/images/${imageId}`, { token, headers: ifMatch ? { 'if-match': ifMatch } : {} }),
      reports: events => asks('POST', '/v1/events', { token, json: events }),
      statsOf: (imageId, query = '') => asks('GET', `/v1/images/${imageId}/stats${query}`, { token }),
      thinks: (imageId, wanted, method = 'PUT') =>
        asks(method, `/v1/images/${imageId}/feedback`, { token, json: wanted }),
      comments: (imageId, text) => asks('POST', `/v1/images/${imageId}/comments`, { token, json: { text } }),
      gets: path => asks('GET', path, { token }),
      deletes: path => asks('DELETE', path, { token }),
    }
  }

  let signedIn: Promise<Person> | undefined
  const root = () => (signedIn ??= signsIn(ADMIN))

  return {
    url,
    asks,
    signsIn,
    root,
    async signsUp(name) {
      const credentials = { email: `${name}@example.com`, password: `${name}'s own password` }
      await asks('POST', '/v1/users', { json: credentials })
      return signsIn(credentials)
    },
    async hasKey(key) {
      const { token } = await root()
      const { body } = await asks('POST', '/v1/keys', { token, json: { name: 'a key', ...key } })
      return body
    },
  }
}

async function send(
  url: string,
  method: string,
  path: string,
  { token, key, json, body, headers }: Ask,
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(key ? { 'x-api-key': key } : {}),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    // A stream is sent as it is written.
    ...(body ? { body, duplex: 'half' } : {}),
  })
  const bytes = await bytesOf(response)
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '') && bytes.length > 0
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: isJson ? JSON.parse(bytes.toString()) : undefined,
  }
}

/** The body; an event stream has no end, and is left. */
async function bytesOf(response: Response): Promise<Buffer> {
  if (response.headers.get('content-type') !== 'text/event-stream') return Buffer.from(await response.arrayBuffer())
  await response.body?.cancel()
  return Buffer.alloc(0)
}

/** The fields follow the file, so that the service receives the file first. */
function form(bytes: Uint8Array, fields: Record<string, string | string[]>): FormData {
  const data = new FormData()
  data.append('file', new Blob([new Uint8Array(bytes)]), 'picture.bin')
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) data.append(name, value)
  return data
}
