import { EVENT_TYPES } from '../../events/event.ts'
import type { Bucket, Grain } from '../../events/marks/buckets.ts'
import { columnsOf, type Values } from '../../exports/table.ts'
import type { Counts, SumParts } from '../../rollups/aggregation/sum.ts'
import { People } from '../../rollups/sketches/people.ts'
import { type ArchiveTable, described } from './archive-table.ts'

const RATINGS = [1, 2, 3, 4, 5].map(value => `rated${value}`)

const DESCRIPTIONS = {
  imageId: 'the image; `all` for the site',
  grain: 'hour or day',
  start: 'beginning of the hour or day',
  ...Object.fromEntries(EVENT_TYPES.map(type => [type, `number of events of the type ${type}`])),
  people: 'number of different people: exact up to 256, then an estimate (3.3 % for 95 % of them)',
  peopleSketch: 'keyed hashes of up to 256 people, or the registers of a HyperLogLog',
  dwellMs: 'sum of all dwells',
  dwellSketch: 'distribution of dwells (DDSketch)',
  scrollSketch: 'distribution of depths of scrolls (DDSketch)',
  zoomSketch: 'distribution of scales of zooms (DDSketch)',
  ...Object.fromEntries(RATINGS.map((name, i) => [name, `number of ratings of ${i + 1}`])),
  countries: 'number of events of each type by country',
  countryPeople: 'bitmap of the people of each country, in hexadecimal',
}

const columns = columnsOf({
  imageId: 'STRING',
  grain: 'STRING',
  start: 'TIMESTAMP',
  ...Object.fromEntries(EVENT_TYPES.map(type => [type, 'INT64'])),
  people: 'INT64',
  peopleSketch: 'BYTES',
  dwellMs: 'INT64',
  dwellSketch: 'BYTES',
  scrollSketch: 'BYTES',
  zoomSketch: 'BYTES',
  ...Object.fromEntries(RATINGS.map(name => [name, 'INT64'])),
  countries: 'JSON',
  countryPeople: 'JSON',
})

/** The sum of a bucket. */
export interface BucketSum {
  bucket: Bucket
  parts: SumParts
}

/** The table of roll-ups. Each row can be turned back into just the sum that it was. */
export const rollupArchiveTable: ArchiveTable<BucketSum> = {
  name: 'rollups',
  schema: 1,
  columns: described(columns, DESCRIPTIONS),
  sorted: ['imageId', 'start'],
  rowOf: ({ bucket, parts }) => ({
    ...bucket,
    ...Object.fromEntries(EVENT_TYPES.map(type => [type, parts.counts[type] ?? 0])),
    people: peopleIn(parts),
    peopleSketch: parts.people,
    dwellMs: parts.dwell?.totalMs,
    dwellSketch: parts.dwell?.bins,
    scrollSketch: parts.scroll,
    zoomSketch: parts.zoom,
    ...(parts.rating && Object.fromEntries(RATINGS.map((name, i) => [name, parts.rating?.[i] ?? 0]))),
    countries: parts.countries,
    countryPeople: parts.countryPeople && mapped(parts.countryPeople, bytes => Buffer.from(bytes).toString('hex')),
  }),
  thingOf: row => ({
    bucket: { imageId: row.imageId as string, grain: row.grain as Grain, start: row.start as Date },
    parts: {
      counts: countsIn(row),
      ...bytesOf('people', row.peopleSketch),
      ...(row.dwellSketch ? { dwell: { bins: bufferOf(row.dwellSketch), totalMs: Number(row.dwellMs) } } : {}),
      ...bytesOf('scroll', row.scrollSketch),
      ...bytesOf('zoom', row.zoomSketch),
      ...(row.rated1 === null ? {} : { rating: RATINGS.map(name => Number(row[name])) }),
      ...(row.countries ? { countries: row.countries as Record<string, Counts> } : {}),
      ...(row.countryPeople ? { countryPeople: mapped(row.countryPeople as Record<string, string>, bytesOfHex) } : {}),
    },
  }),
}

/** Returns the numbers of events in a row, by type; types without events are left out, as in roll-ups. */
export function countsIn(row: Values): Counts {
  return Object.fromEntries(EVENT_TYPES.flatMap(type => (row[type] ? [[type, Number(row[type])]] : [])))
}

/** Returns an object with other values. */
function mapped<From, To>(values: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}

function bytesOfHex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function peopleIn({ people }: SumParts): number {
  const sketch = new People()
  if (people) sketch.merge(people)
  return sketch.count().value
}

function bytesOf<Name extends string>(name: Name, bytes: unknown): Partial<Record<Name, Buffer>> {
  return bytes ? ({ [name]: bufferOf(bytes) } as Record<Name, Buffer>) : {}
}

function bufferOf(bytes: unknown): Buffer {
  return Buffer.from(bytes as Uint8Array)
}
