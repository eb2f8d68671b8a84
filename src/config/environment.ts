import { type Static, Type } from '@fastify/type-provider-typebox'
import envSchema from 'env-schema'
import { ConfigError } from './config-error.ts'

/** The variables that configure the service. */
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

export type Environment = Static<typeof Environment>

/**
 * Reads the variables, with their defaults. Empty ones count as not set, as compose files write them.
 * @throws ConfigError naming every wrong variable
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
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
