import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { mongo } from 'mongoose'
import { Compile } from 'typebox/compile'
import type { Handles } from '../../src/database/connect.ts'
import { UTC_TIME } from '../../src/events/event.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { strict } from '../../src/http/schemas.ts'
import { readParams } from '../../src/reports/params.ts'
import { COLLECTIONS, type Collection, type Report, type Row } from '../../src/reports/report.ts'
import { reportParts, runReport } from '../../src/reports/run-report.ts'
import { wireReport } from '../../src/reports/schemas.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'

const YEAR_MS = 365 * 86_400_000
/** Tests may lie in the past. */
const RETENTION = { accept: YEAR_MS, minuteRollups: 20 * YEAR_MS, events: 20 * YEAR_MS, hourRollups: 21 * YEAR_MS }
const TIMEOUT_MS = 30_000
/** The fields that are times. */
const TIMES = ['at', 'start', 'updatedAt', 'uploadedAt', 'createdAt']

const Document = Type.Record(Type.String(), Type.Unknown())
const Documents = Type.Optional(Type.Array(Document))

/** The test of a report: given these documents, in the form in which pipelines see them, it answers these rows. */
const ReportTest = strict({
  now: Type.String({ pattern: UTC_TIME }),
  parameters: Type.Optional(Type.Record(Type.String(), Type.String())),
  given: strict(Object.fromEntries(COLLECTIONS.map(name => [name, Documents]))),
  expect: Type.Array(Document),
})

const validator = Compile(ReportTest)

/**
 * Runs the test of a report in a database of its own on a server.
 * @param content of the file of the test
 * @returns the rows that it expects and those that it got, with people numbered in the order of the rows; undefined when they are equal
 * @throws Error when the file is not a test
 */
export async function testReport(
  report: Report,
  content: unknown,
  client: mongo.MongoClient,
): Promise<{ expected: Row[]; got: Row[] } | undefined> {
  const [fault] = validator.Errors(content)
  if (fault) throw new Error(`${fault.instancePath || '/'} ${fault.message}`)
  const { now, parameters = {}, given, expect } = content as Static<typeof ReportTest>
  const db = client.db(`report-test-${randomUUID()}`)
  try {
    const parts = await partsOf({ client, db }, given as Partial<Record<Collection, Row[]>>)
    const result = await runReport(report, readParams(report, parameters, new Date(now)), parts, { time: TIMEOUT_MS })
    const people = report.columns.flatMap(({ name, kind }) => (kind === 'person' ? [name] : []))
    const [expected, got] = [expect, wireReport(result).rows].map(rows => numbered(rows, people)) as [Row[], Row[]]
    return isDeepStrictEqual(plain(got), plain(expected)) ? undefined : { expected, got }
  } finally {
    await db.dropDatabase()
  }
}

async function partsOf(database: Handles, given: Partial<Record<Collection, Row[]>>) {
  const { db } = database
  const secret = randomUUID()
  const log = await openLog(database, 'plain', RETENTION.events, () => undefined, personHash(secret))
  await applyRetention(db, log, RETENTION)
  for (const name of COLLECTIONS) {
    const documents = (given[name] ?? []).map((seen, i) => STORED[name](withTimes(seen), i))
    if (documents.length > 0) await db.collection<mongo.Document>(name).insertMany(documents)
  }
  return reportParts(db, log, secret)
}

/** Converts a document from the form that pipelines see to the stored one, by collection. */
const STORED: Record<Collection, (seen: Row, i: number) => mongo.Document> = {
  events: ({ session, country, region, city, ...event }, i) => ({
    _id: `event-${i}`,
    person: 'nobody',
    ...event,
    ...(session === undefined ? {} : { sessionId: session }),
    ...(country === undefined ? {} : { geography: { country, region, city } }),
  }),
  rollups: ({ grain, start = null, dwellMs, ...rollup }) => ({
    _id: { imageId: rollup.imageId, grain, start },
    ...rollup,
    ...(dwellMs === undefined ? {} : { dwell: { totalMs: dwellMs } }),
  }),
  feedback: ({ reaction, rating, saved, tags = [], ...feedback }, i) => ({
    _id: `feedback-${i}`,
    person: 'nobody',
    ...feedback,
    reaction: { value: reaction ?? null },
    rating: { value: rating ?? null },
    saved: { value: saved ?? false },
    tags: (tags as string[]).map(tag => ({ tag, on: true })),
  }),
  images: image => ({ visibility: 'public', ...image }),
  comments: ({ length = 0, ...comment }, i) => ({ _id: `comment-${i}`, ...comment, text: 'x'.repeat(Number(length)) }),
}

function withTimes(document: Row): Row {
  const isTime = (name: string, value: unknown) => TIMES.includes(name) && typeof value === 'string'
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, isTime(name, value) ? new Date(String(value)) : value]),
  )
}

/** Replaces people, whose pseudonyms nobody knows beforehand, by their number. */
function numbered(rows: Row[], columns: string[]): Row[] {
  const numbers = new Map<unknown, string>([[null, '']])
  const numberOf = (person: unknown) => numbers.get(person) ?? numbers.set(person, `person ${numbers.size}`).get(person)
  return rows.map(row => ({
    ...row,
    ...Object.fromEntries(columns.map(name => [name, row[name] == null ? null : numberOf(row[name])])),
  }))
}

/** Returns values as JSON has them: without types, and fields without a value. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
