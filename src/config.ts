import { resolve } from 'node:path'
import proxyAddr from '@fastify/proxy-addr'
import { type Static, Type } from '@fastify/type-provider-typebox'
import envSchema from 'env-schema'
import { keptSecret } from './lib/kept-secret.ts'
import { type TokenKeys, tokenKeyFaults, tokenKeys } from './token-keys.ts'

const DAY = 86_400_000

const Environment = Type.Object({
  NODE_ENV: Type.Enum(['development', 'test', 'production'], { default: 'development' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 3000 }),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1' }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info' }),
  MONGODB_URI: Type.Optional(Type.String({ pattern: '^mongodb(\\+srv)?://' })),
  DATABASE: Type.String({ pattern: '^[A-Za-z0-9_-]{1,38}$', default: 'glance' }),
  GLANCE_FOLDER: Type.String({ minLength: 1, default: '.glance' }),
  GLANCE_ENGINE: Type.Optional(Type.Enum(['mongod', 'documentdb'])),
  GLANCE_DEBIAN_MIRROR: Type.Optional(Type.String({ pattern: '^https?://' })),
  MONGOMS_SYSTEM_BINARY: Type.Optional(Type.String()),
  JWT_SECRET: Type.Optional(Type.String({ minLength: 32 })),
  JWT_PRIVATE_KEY: Type.Optional(Type.String({ pattern: '^-----BEGIN ' })),
  JWT_PREVIOUS: Type.Optional(Type.String({ minLength: 32 })),
  DATA_SECRET: Type.Optional(Type.String({ minLength: 32 })),
  ADMIN_EMAIL: Type.Optional(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$', maxLength: 254 })),
  ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 10, maxLength: 72 })),
  EVENT_LOG: Type.Enum(['auto', 'timeseries', 'plain'], { default: 'auto' }),
  TRUST_PROXY: Type.String({ default: '' }),
  GEOGRAPHY_HEADERS: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]+(, *[A-Za-z0-9-]+){0,2}$' })),
  CORS_ORIGINS: Type.String({ default: '' }),
  RATE_LIMIT: Type.Integer({ minimum: 0, default: 600 }),
  MAX_CONNECTIONS: Type.Integer({ minimum: 1, default: 2000 }),
  MAX_UPLOAD_BYTES: Type.Integer({ minimum: 1024, default: 52_428_800 }),
  MAX_IMAGE_PIXELS: Type.Integer({ minimum: 1, default: 50_000_000 }),
  // Not beyond an access token's life: an erasure looks for its person again when the last token is over.
  UPLOAD_SECONDS: Type.Integer({ minimum: 1, maximum: 900, default: 600 }),
  STRIP_METADATA: Type.Enum(['none', 'gps', 'all'], { default: 'none' }),
  RENDITION_SIZES: Type.String({
    pattern: '^[1-9][0-9]{0,3}(, *[1-9][0-9]{0,3}){0,15}$',
    default: '160,320,640,960,1280,1920,2560',
  }),
  RENDITION_DAYS: Type.Integer({ minimum: 1, default: 30 }),
  BCRYPT_COST: Type.Integer({ minimum: 10, maximum: 15, default: 12 }),
  QUEUE_EVENTS: Type.Integer({ minimum: 1000, default: 50_000 }),
  // At least a thousand events of 30 kB, the most that one can weigh: what never fits would be told to come again for ever.
  QUEUE_BYTES: Type.Integer({ minimum: 33_554_432, default: 67_108_864 }),
  ACCEPT_DAYS: Type.Number({ minimum: 0.01, default: 7 }),
  MINUTE_ROLLUPS_DAYS: Type.Number({ minimum: 0.01, default: 8 }),
  EVENTS_DAYS: Type.Number({ minimum: 0.01, default: 90 }),
  HOUR_ROLLUPS_DAYS: Type.Number({ minimum: 0.01, default: 400 }),
  SHUTDOWN_SECONDS: Type.Integer({ minimum: 1, maximum: 600, default: 20 }),
})

export type LogLayout = 'auto' | 'timeseries' | 'plain'
/** What is taken out of the files that people upload. */
export type StripMetadata = 'none' | 'gps' | 'all'

/** How long things are kept; all in milliseconds. */
export interface Retention {
  accept: number
  minuteRollups: number
  events: number
  hourRollups: number
}

/** Everything the service can be told, read once; times in milliseconds, sizes in bytes. */
export interface Config {
  production: boolean
  host: string
  port: number
  logLevel: string
  mongodbUri: string | undefined
  database: string
  engine: {
    folder: string
    kind: 'mongod' | 'documentdb' | undefined
    debianMirror: string | undefined
    mongodBinary: string | undefined
  }
  tokenKeys: TokenKeys
  dataSecret: string
  admin: { email: string; password: string } | undefined
  eventLog: LogLayout
  trustProxy: string | boolean
  /** In which headers a trusted proxy says where a request comes from: country, region, city. */
  geographyHeaders: string[]
  corsOrigins: string[]
  rateLimit: number
  maxConnections: number
  maxUploadBytes: number
  maxImagePixels: number
  /** How long an upload may take. */
  uploadTime: number
  stripMetadata: StripMetadata
  /** Sides of renditions in pixels, the smallest first. */
  renditionSizes: number[]
  /** How long a rendition is kept that nobody asks for. */
  renditionsKept: number
  bcryptCost: number
  queue: { events: number; bytes: number }
  retention: Retention
  shutdownGrace: number
}

/** The environment does not make a configuration: one line a fault. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
  }
}

/** What is done with an error that the values of these variables brought about. @throws ConfigError that names them */
export function blame(variables: string): (error: unknown) => never {
  return error => {
    throw new ConfigError([`${variables}: ${(error as Error).message}`])
  }
}

/**
 * Reads the environment into one frozen object. Outside production missing secrets are made and kept.
 * @throws ConfigError naming every wrong variable
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const values = validated(env)
  const production = values.NODE_ENV === 'production'
  const retention = {
    accept: values.ACCEPT_DAYS * DAY,
    minuteRollups: values.MINUTE_ROLLUPS_DAYS * DAY,
    events: values.EVENTS_DAYS * DAY,
    hourRollups: values.HOUR_ROLLUPS_DAYS * DAY,
  }
  const faults = [
    ...missingInProduction(values, production),
    ...tokenKeyFaults(values),
    ...retentionFaults(retention),
    ...adminFaults(values),
    ...networkFaults(values),
  ]
  if (faults.length > 0) throw new ConfigError(faults)
  const folder = resolve(values.GLANCE_FOLDER)
  return Object.freeze({
    production,
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    mongodbUri: values.MONGODB_URI,
    database: values.DATABASE,
    engine: {
      folder,
      kind: values.GLANCE_ENGINE,
      debianMirror: values.GLANCE_DEBIAN_MIRROR,
      mongodBinary: values.MONGOMS_SYSTEM_BINARY,
    },
    tokenKeys: tokenKeys(values, () => kept(folder, 'jwt-secret')),
    dataSecret: values.DATA_SECRET ?? kept(folder, 'data-secret'),
    admin:
      values.ADMIN_EMAIL && values.ADMIN_PASSWORD
        ? { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD }
        : undefined,
    eventLog: values.EVENT_LOG,
    trustProxy: trustProxy(values.TRUST_PROXY),
    geographyHeaders: list(values.GEOGRAPHY_HEADERS?.toLowerCase() ?? ''),
    corsOrigins: list(values.CORS_ORIGINS),
    rateLimit: values.RATE_LIMIT,
    maxConnections: values.MAX_CONNECTIONS,
    maxUploadBytes: values.MAX_UPLOAD_BYTES,
    maxImagePixels: values.MAX_IMAGE_PIXELS,
    uploadTime: values.UPLOAD_SECONDS * 1000,
    stripMetadata: values.STRIP_METADATA,
    renditionSizes: list(values.RENDITION_SIZES)
      .map(Number)
      .sort((a, b) => a - b),
    renditionsKept: values.RENDITION_DAYS * DAY,
    bcryptCost: values.BCRYPT_COST,
    queue: { events: values.QUEUE_EVENTS, bytes: values.QUEUE_BYTES },
    retention,
    shutdownGrace: values.SHUTDOWN_SECONDS * 1000,
  })
}

type Environment = Static<typeof Environment>

/** Empty variables count as not set, as compose files write them. */
function validated(env: NodeJS.ProcessEnv): Environment {
  const data = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  try {
    return envSchema<Environment>({ schema: Environment, data, env: false })
  } catch (error) {
    const { errors } = error as { errors?: SchemaFault[] }
    if (!errors) throw error
    throw new ConfigError(errors.map(lineOf))
  }
}

interface SchemaFault {
  instancePath: string
  message?: string
  params: { allowedValues?: string[] }
}

function lineOf({ instancePath, message, params: { allowedValues } }: SchemaFault): string {
  const name = instancePath.slice(1)
  return allowedValues ? `${name} must be one of ${allowedValues.join(', ')}` : `${name} ${message}`
}

function kept(folder: string, name: string): string {
  try {
    return keptSecret(folder, name)
  } catch (error) {
    return blame('GLANCE_FOLDER')(error)
  }
}

function missingInProduction(values: Environment, production: boolean): string[] {
  if (!production) return []
  return (['MONGODB_URI', 'JWT_SECRET', 'DATA_SECRET'] as const)
    .filter(name => values[name] === undefined && !(name === 'JWT_SECRET' && values.JWT_PRIVATE_KEY))
    .map(name => `${name} must be set in production`)
}

/** What is summed must outlive what is asked of it: design of the log, retention rule. */
function retentionFaults(retention: Retention): string[] {
  const HOUR = 3_600_000
  const faults = []
  if (retention.accept + HOUR >= retention.minuteRollups)
    faults.push('MINUTE_ROLLUPS_DAYS must be more than ACCEPT_DAYS + 1 hour')
  if (retention.minuteRollups >= retention.events) faults.push('EVENTS_DAYS must be more than MINUTE_ROLLUPS_DAYS')
  if (retention.events + 2 * DAY >= retention.hourRollups)
    faults.push('HOUR_ROLLUPS_DAYS must be more than EVENTS_DAYS + 2')
  return faults
}

function adminFaults(values: Environment): string[] {
  return (values.ADMIN_EMAIL === undefined) === (values.ADMIN_PASSWORD === undefined)
    ? []
    : ['ADMIN_EMAIL and ADMIN_PASSWORD go together']
}

function networkFaults({ TRUST_PROXY, CORS_ORIGINS }: Environment): string[] {
  const proxy = trustProxy(TRUST_PROXY)
  const strange = list(CORS_ORIGINS).filter(origin => !isOrigin(origin))
  return [
    ...(typeof proxy === 'string' && !isProxyList(proxy) ? ['TRUST_PROXY must be true, or addresses and subnets'] : []),
    ...strange.map(origin => `CORS_ORIGINS: ${origin} is no origin, as https://example.com is one`),
  ]
}

function isProxyList(text: string): boolean {
  try {
    proxyAddr.compile(list(text))
    return true
  } catch {
    return false
  }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

/** `true`, or a list of trusted addresses and subnets; anything else of the boolean kind is off. */
function trustProxy(value: string): string | boolean {
  if (value === '' || value === 'false') return false
  return value === 'true' ? true : value
}

function list(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
