import { dirname, join, resolve } from 'node:path'
import proxyAddr from '@fastify/proxy-addr'
import { keptSecret } from '../lib/kept-secret.ts'
import { ConfigError, configErrorFor } from './config-error.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { type TokenKeys, tokenKeyFaults, tokenKeys } from './token-keys.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SIGN_IN_PAUSE_MS = 8_000

export type LogLayout = 'auto' | 'timeseries' | 'plain'
/** Metadata that is removed from uploaded files. */
export type StripMetadata = 'none' | 'gps' | 'all'

/** Retention times, in ms. */
export interface Retention {
  /** The acceptance window: how old an arriving event may be. */
  accept: number
  minuteRollups: number
  events: number
  hourRollups: number
}

/** Configuration of the service; times in ms, sizes in bytes. docs/configuration.md explains the variables. */
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
  /** Folder of own reports. */
  reportsFolder: string
  /** Folder of the schedules of reports. */
  schedulesFolder: string
  tokenKeys: TokenKeys
  dataSecret: string
  admin: { email: string; password: string } | undefined
  eventLog: LogLayout
  trustProxy: string | boolean
  /** Headers of a trusted proxy with country, region and city of the caller. */
  geographyHeaders: string[]
  corsOrigins: string[]
  rateLimit: number
  signUpLimit: number
  maxConnections: number
  maxUploadBytes: number
  /** How much an account may store; 0 is unlimited. */
  quota: { images: number; bytes: number }
  maxImagePixels: number
  /** Time limit of an upload. */
  uploadTime: number
  stripMetadata: StripMetadata
  /** Widths and heights of renditions in pixels, in ascending order. */
  renditionSizes: number[]
  /** Most pixels of all frames of an animated rendition; 0 for no such renditions. */
  maxAnimationPixels: number
  /** Time after which an unused rendition is removed. */
  renditionsKept: number
  bcryptCost: number
  /** How long failed sign-ins at an account delay its next ones at most. */
  signInPause: number
  queue: { events: number; bytes: number }
  retention: Retention
  /** Where the service archives to each night: a folder or `s3://bucket/prefix`. */
  archiveTo: string | undefined
  s3: S3Access
  shutdownGrace: number
}

/** How S3 is reached. */
export interface S3Access {
  accessKeyId: string | undefined
  secretAccessKey: string | undefined
  sessionToken: string | undefined
  region: string
  /** Address of another service than that of AWS. */
  endpoint: string | undefined
}

/**
 * Reads the configuration from environment variables. Outside production, missing secrets are generated and kept in a folder.
 * @throws ConfigError that names every invalid variable
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnvironment(env)
  const production = values.NODE_ENV === 'production'
  const retention = {
    accept: values.ACCEPT_DAYS * DAY_MS,
    minuteRollups: values.MINUTE_ROLLUPS_DAYS * DAY_MS,
    events: values.EVENTS_DAYS * DAY_MS,
    hourRollups: values.HOUR_ROLLUPS_DAYS * DAY_MS,
  }
  const faults = [
    ...missingInProduction(values, production),
    ...tokenKeyFaults(values),
    ...retentionFaults(retention),
    ...adminFaults(values),
    ...networkFaults(values),
    ...archiveFaults(values),
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
    reportsFolder: reportsFolderOf(values),
    schedulesFolder: besideGlanceFolder(values.SCHEDULES_DIR, 'schedules', values),
    tokenKeys: tokenKeys(values, () => readKeptSecret(folder, 'jwt-secret')),
    dataSecret: values.DATA_SECRET ?? readKeptSecret(folder, 'data-secret'),
    admin:
      values.ADMIN_EMAIL && values.ADMIN_PASSWORD
        ? { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD }
        : undefined,
    eventLog: values.EVENT_LOG,
    trustProxy: trustProxy(values.TRUST_PROXY),
    geographyHeaders: list(values.GEOGRAPHY_HEADERS?.toLowerCase() ?? ''),
    corsOrigins: list(values.CORS_ORIGINS),
    rateLimit: values.RATE_LIMIT,
    signUpLimit: values.SIGN_UP_LIMIT,
    maxConnections: values.MAX_CONNECTIONS,
    maxUploadBytes: values.MAX_UPLOAD_BYTES,
    quota: { images: values.QUOTA_IMAGES, bytes: values.QUOTA_BYTES },
    maxImagePixels: values.MAX_IMAGE_PIXELS,
    uploadTime: values.UPLOAD_SECONDS * 1000,
    stripMetadata: values.STRIP_METADATA,
    renditionSizes: list(values.RENDITION_SIZES)
      .map(Number)
      .sort((a, b) => a - b),
    maxAnimationPixels: values.MAX_ANIMATION_PIXELS,
    renditionsKept: values.RENDITION_DAYS * DAY_MS,
    bcryptCost: values.BCRYPT_COST,
    signInPause: SIGN_IN_PAUSE_MS,
    queue: { events: values.QUEUE_EVENTS, bytes: values.QUEUE_BYTES },
    retention,
    archiveTo: values.ARCHIVE_TO,
    s3: {
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
      sessionToken: values.AWS_SESSION_TOKEN,
      region: values.AWS_REGION,
      endpoint: values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL,
    },
    shutdownGrace: values.SHUTDOWN_SECONDS * 1000,
  })
}

/** Returns the folder of own reports. */
export function reportsFolderOf({ REPORTS_DIR, GLANCE_FOLDER }: Environment): string {
  return besideGlanceFolder(REPORTS_DIR, 'reports', { GLANCE_FOLDER })
}

/** Returns a folder: the one that is named, else one of that name beside `GLANCE_FOLDER`. */
function besideGlanceFolder(
  folder: string | undefined,
  name: string,
  { GLANCE_FOLDER }: Pick<Environment, 'GLANCE_FOLDER'>,
): string {
  return resolve(folder ?? join(dirname(resolve(GLANCE_FOLDER)), name))
}

function readKeptSecret(folder: string, name: string): string {
  try {
    return keptSecret(folder, name)
  } catch (error) {
    return configErrorFor('GLANCE_FOLDER')(error)
  }
}

function missingInProduction(values: Environment, production: boolean): string[] {
  if (!production) return []
  return (['MONGODB_URI', 'JWT_SECRET', 'DATA_SECRET'] as const)
    .filter(name => values[name] === undefined && !(name === 'JWT_SECRET' && values.JWT_PRIVATE_KEY))
    .map(name => `${name} must be set in production`)
}

/** Checks that every roll-up outlives the source it may have to be made from again. */
function retentionFaults(retention: Retention): string[] {
  const faults = []
  if (retention.accept + HOUR_MS >= retention.minuteRollups)
    faults.push('MINUTE_ROLLUPS_DAYS must be more than ACCEPT_DAYS + 1 hour')
  if (retention.minuteRollups >= retention.events) faults.push('EVENTS_DAYS must be more than MINUTE_ROLLUPS_DAYS')
  if (retention.events + 2 * DAY_MS >= retention.hourRollups)
    faults.push('HOUR_ROLLUPS_DAYS must be more than EVENTS_DAYS + 2')
  return faults
}

function adminFaults(values: Environment): string[] {
  return (values.ADMIN_EMAIL === undefined) === (values.ADMIN_PASSWORD === undefined)
    ? []
    : ['ADMIN_EMAIL and ADMIN_PASSWORD must both be set, or neither']
}

function networkFaults({ TRUST_PROXY, CORS_ORIGINS }: Environment): string[] {
  const proxy = trustProxy(TRUST_PROXY)
  const invalid = list(CORS_ORIGINS).filter(origin => !isOrigin(origin))
  return [
    ...(typeof proxy === 'string' && !isProxyList(proxy) ? ['TRUST_PROXY must be true, or addresses and subnets'] : []),
    ...invalid.map(origin => `CORS_ORIGINS: ${origin} is not an origin such as https://example.com`),
  ]
}

function archiveFaults({ ARCHIVE_TO, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }: Environment): string[] {
  if (!ARCHIVE_TO?.startsWith('s3://') || (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY)) return []
  return ['ARCHIVE_TO on S3 requires AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY']
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

/** Returns true for all proxies, false for none, or the list of trusted addresses and subnets. */
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
