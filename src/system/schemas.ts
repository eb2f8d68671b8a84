import { type Static, Type } from '@fastify/type-provider-typebox'
import { oneOf, orNull, Time } from '../http/schemas.ts'

/** Kinds of database servers: one that was given, or an embedded one. */
export const ENGINE_KINDS = ['server', 'mongod', 'documentdb'] as const

const Days = Type.Number({ description: 'days' })
const Count = orNull(Type.Integer())

/** Parts that can not be read are null. */
export const System = Type.Object({
  version: Type.String(),
  node: Type.String(),
  startedAt: Time,
  engine: Type.Object({
    kind: Type.Unsafe<(typeof ENGINE_KINDS)[number]>({
      ...oneOf(ENGINE_KINDS),
      description: 'server for one that the process did not start',
    }),
    version: Type.Union([Type.String(), Type.Null()], {
      description: 'the version of MongoDB that the server says it is',
    }),
    reason: Type.String({ description: 'why this kind was chosen' }),
  }),
  eventLog: Type.Object({ layout: oneOf(['plain', 'timeseries'] as const) }),
  retention: orNull(
    Type.Object(
      { accept: Days, minuteRollups: Days, events: Days, hourRollups: Days },
      { description: 'In force now: it may be longer than configured' },
    ),
  ),
  queue: Type.Object(
    { events: Type.Integer(), bytes: Type.Integer() },
    { description: 'Events that this process has accepted and not yet stored' },
  ),
  rollups: orNull(
    Type.Object({
      lagSeconds: Type.Number({ description: 'age of oldestMark; 0 when nothing waits' }),
      oldestMark: Type.Union([Time, Type.Null()], {
        description: 'the earliest time whose events may be missing from a roll-up; null when nothing waits',
      }),
      marks: Type.Integer({ description: 'buckets that wait for their roll-up' }),
    }),
  ),
  storage: orNull(
    Type.Array(
      Type.Object({
        collection: Type.String(),
        documents: Count,
        bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'with indexes' }),
      }),
      { description: 'By collection, as the database estimates it' },
    ),
  ),
  leases: orNull(
    Type.Array(Type.Object({ name: Type.String(), holder: Type.String(), until: Time }), {
      description: 'Which process runs which job now: fold is the roll-up worker',
    }),
  ),
  audit: orNull(
    Type.Object(
      {
        lastRunAt: orNull(Time),
        findings: orNull(Type.Object({ differences: Type.Integer(), reapplied: Type.Integer() })),
      },
      { description: 'The last nightly audit of any process' },
    ),
  ),
  process: Type.Object({ memoryBytes: Type.Integer(), uptimeSeconds: Type.Number() }),
})
export type System = Static<typeof System>
