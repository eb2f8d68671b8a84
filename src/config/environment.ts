import { type Static, Type } from '@fastify/type-provider-typebox'
import envSchema from 'env-schema'
import { ConfigError } from './config-error.ts'

/** The variables that configure the service; `npm run docs:pages` makes the table in docs/configuration.md of this schema. */
export const Environment = Type.Object({
  NODE_ENV: Type.Enum(['development', 'test', 'production'], {
    default: 'development',
    description: '`production` requires `MONGODB_URI` and the secrets, and starts no embedded database.',
  }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 3000,
    description: 'Port that the service listens on; 0 takes any free port.',
  }),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address that the service listens on.' }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'Least severe level that is logged.',
  }),
  MONGODB_URI: Type.Optional(
    Type.String({
      pattern: '^mongodb(\\+srv)?://',
      description: 'Connection string of a MongoDB replica set. Without it the embedded database is started.',
    }),
  ),
  DATABASE: Type.String({
    pattern: '^[A-Za-z0-9_-]{1,38}$',
    default: 'glance',
    description: 'Name of the database on that server.',
  }),
  GLANCE_FOLDER: Type.String({
    minLength: 1,
    default: '.glance',
    description: 'Folder of the generated secrets and of the embedded database: data, password and port.',
  }),
  REPORTS_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Folder of own reports, which may be absent. Without it `reports` beside `GLANCE_FOLDER`.',
    }),
  ),
  SCHEDULES_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Folder of schedules of reports, which may be absent. Without it `schedules` beside `GLANCE_FOLDER`.',
    }),
  ),
  GLANCE_ENGINE: Type.Optional(
    Type.Enum(['mongod', 'documentdb'], {
      description: 'Kind of the embedded database. Without it the service chooses one.',
    }),
  ),
  GLANCE_DEBIAN_MIRROR: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'Debian mirror for the packages of the embedded database. Without it the one that apt uses on this machine.',
    }),
  ),
  MONGOMS_SYSTEM_BINARY: Type.Optional(
    Type.String({ description: 'Path of a `mongod` to use as the embedded database.' }),
  ),
  JWT_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'Secret that signs access tokens (HS256). Outside production it is generated and kept in `GLANCE_FOLDER`.',
    }),
  ),
  JWT_PRIVATE_KEY: Type.Optional(
    Type.String({
      pattern: '^-----BEGIN ',
      description: 'Private key that signs access tokens instead (ES256): an EC key on P-256 in PEM.',
    }),
  ),
  JWT_PREVIOUS: Type.Optional(
    Type.String({
      minLength: 32,
      description: 'Secret or PEM key that signed until now: its tokens are accepted, it signs no new ones.',
    }),
  ),
  DATA_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'Secret that keys pseudonyms and hashes; it must never change. Outside production it is generated and kept in ' +
        '`GLANCE_FOLDER`.',
    }),
  ),
  ADMIN_EMAIL: Type.Optional(
    Type.String({
      pattern: '^[^@\\s]+@[^@\\s]+$',
      maxLength: 254,
      description: 'E-mail of an admin account that is created at the start if it does not exist.',
    }),
  ),
  ADMIN_PASSWORD: Type.Optional(
    Type.String({ minLength: 10, maxLength: 72, description: 'Password of that account; both or neither are set.' }),
  ),
  EVENT_LOG: Type.Enum(['auto', 'timeseries', 'plain'], {
    default: 'auto',
    description:
      'Layout of the event log. `auto` keeps the existing one; a new one is a time series where MongoDB 7 or later allows it.',
  }),
  TRUST_PROXY: Type.String({
    default: '',
    description:
      'Proxies whose `X-Forwarded-For` is believed: addresses and subnets separated by commas, or `true` for any, which lets clients ' +
      'choose their address. Empty: none.',
  }),
  GEOGRAPHY_HEADERS: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9-]+(, *[A-Za-z0-9-]+){0,2}$',
      description:
        'Headers in which a trusted proxy names country, region and city, in this order, as in `cf-ipcountry`.',
    }),
  ),
  CORS_ORIGINS: Type.String({
    default: '',
    description: 'Origins of web pages that may call the API, separated by commas, as in `https://a.com`.',
  }),
  RATE_LIMIT: Type.Integer({
    minimum: 0,
    default: 600,
    description:
      'Requests per minute and process for each user, key or address (IPv6: each /64 network); 0 switches the limits off. All ' +
      'users and keys of an address together may make four times as many, and look up as many keys that do not exist. Files of ' +
      'images are counted apart: ten times as many.',
  }),
  SIGN_UP_LIMIT: Type.Integer({
    minimum: 0,
    default: 20,
    description:
      'Sign-ups per minute and process from each address (IPv6: each /48 network); 0 switches the limit off.',
  }),
  MAX_CONNECTIONS: Type.Integer({ minimum: 1, default: 2000, description: 'Open connections per process.' }),
  MAX_UPLOAD_BYTES: Type.Integer({ minimum: 1024, default: 52_428_800, description: 'Largest image file, in bytes.' }),
  QUOTA_IMAGES: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Images that an account may have; 0 for any number.',
  }),
  QUOTA_BYTES: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Size that the originals of an account may have together, in bytes; 0 for any size.',
  }),
  MAX_IMAGE_PIXELS: Type.Integer({
    minimum: 1,
    default: 50_000_000,
    description: 'Most pixels that an image may have.',
  }),
  // Not beyond an access token's life: an erasure looks for its person again when the last token is over.
  UPLOAD_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 900,
    default: 600,
    description: 'Time that an upload may take, in seconds.',
  }),
  STRIP_METADATA: Type.Enum(['none', 'gps', 'all'], {
    default: 'gps',
    description:
      'Metadata removed from uploaded files: `gps` removes places, `all` everything but colours and orientation; with `none` files are kept byte for byte.',
  }),
  RENDITION_SIZES: Type.String({
    pattern: '^[1-9][0-9]{0,3}(, *[1-9][0-9]{0,3}){0,15}$',
    default: '160,320,640,960,1280,1920,2560',
    description: 'Widths and heights that renditions can have, in pixels; other sizes are rounded up to one of them.',
  }),
  RENDITION_DAYS: Type.Integer({
    minimum: 1,
    default: 30,
    description: 'Time that a rendition is kept after its last use, in days.',
  }),
  MAX_ANIMATION_PIXELS: Type.Integer({
    minimum: 0,
    default: 0,
    description:
      'Most pixels that the frames of an animated GIF or WebP may have together for its WebP renditions to be animated; others ' +
      'show the first frame. With 0 all renditions do.',
  }),
  BCRYPT_COST: Type.Integer({
    minimum: 10,
    maximum: 15,
    default: 12,
    description: 'Cost of the bcrypt hashes of passwords: each step doubles the work.',
  }),
  QUEUE_EVENTS: Type.Integer({
    minimum: 1000,
    default: 50_000,
    description:
      'Most events that may wait to be stored; more are answered with 503. On a slow database fewer may wait: what it stores in 5 s.',
  }),
  // At least a thousand events of 30 kB, the most that one can weigh: what never fits would be told to come again for ever.
  QUEUE_BYTES: Type.Integer({
    minimum: 33_554_432,
    default: 67_108_864,
    description: 'Size of the events that may wait to be stored, in bytes; more are answered with 503.',
  }),
  ACCEPT_DAYS: Type.Number({
    minimum: 0.01,
    default: 7,
    description: 'Age up to which an event is accepted, in days.',
  }),
  MINUTE_ROLLUPS_DAYS: Type.Number({
    minimum: 0.01,
    default: 8,
    description: 'Time that roll-ups of minutes are kept, in days: more than `ACCEPT_DAYS` + 1 hour.',
  }),
  EVENTS_DAYS: Type.Number({
    minimum: 0.01,
    default: 90,
    description: 'Time that the event log keeps events, in days: more than `MINUTE_ROLLUPS_DAYS`.',
  }),
  HOUR_ROLLUPS_DAYS: Type.Number({
    minimum: 0.01,
    default: 400,
    description:
      'Time that roll-ups of hours are kept, in days: more than `EVENTS_DAYS` + 2. Those of longer grains never expire.',
  }),
  ARCHIVE_TO: Type.Optional(
    Type.String({
      pattern: '^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\\s?#]*)?|(?!s3:).+)$',
      description:
        'Folder, or `s3://bucket/prefix`, to which each night the days that are over are archived. Erasures wait until it is free of ' +
        'the person. Without it nothing is archived, except by `npm run archive`.',
    }),
  ),
  AWS_ACCESS_KEY_ID: Type.Optional(Type.String({ description: 'Access key for archives on S3.' })),
  AWS_SECRET_ACCESS_KEY: Type.Optional(Type.String({ description: 'Secret of that access key.' })),
  AWS_SESSION_TOKEN: Type.Optional(Type.String({ description: 'Token of a temporary access key.' })),
  AWS_REGION: Type.String({ default: 'us-east-1', description: 'Region of the bucket.' }),
  AWS_ENDPOINT_URL_S3: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'Address of another S3 service, such as MinIO.' }),
  ),
  AWS_ENDPOINT_URL: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'The same, where `AWS_ENDPOINT_URL_S3` is not set.' }),
  ),
  SHUTDOWN_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 600,
    default: 20,
    description: 'Time that a shutdown may take before the process is ended, in seconds.',
  }),
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
