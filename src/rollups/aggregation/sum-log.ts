import type { mongo } from 'mongoose'
import { ROLL_UP_LIMIT } from '../../database/time-limits.ts'
import type { EventType } from '../../events/event.ts'
import { COUNTED, type ReadableLog } from '../../events/log/log.ts'
import { type Bucket, bucketKey, type TimeGrain } from '../../events/marks/buckets.ts'
import { anyOf, timeFilterOf } from '../bucket-filter.ts'
import { emptySums, type Sum } from './sum.ts'

/** BSONObjectTooLarge and ExceededMemoryLimit: the groups do not fit one reply. */
const TOO_LARGE_CODES = new Set([10334, 146])
const MAX_PIECES = 4096
/** Each event of a scan is compared with the images of the filter; with more images than this the scan takes twice as long. */
const IMAGES_PER_SCAN = 50

/** The events of one bucket and type, by country. */
interface Row {
  _id: { imageId: string; start: Date; type: EventType }
  count: number
  groups: { country?: string | null; count: number; people: string[]; values: (number | null)[] }[]
}

/**
 * Sums the events of buckets of one grain; the database groups them.
 * @returns the sums, by bucket key
 */
export async function sumLog(
  buckets: Bucket[],
  grain: TimeGrain,
  log: ReadableLog,
  options: mongo.AggregateOptions,
): Promise<Map<string, Sum>> {
  const sums = new Map<string, Sum>()
  for (let from = 0; from < buckets.length; from += IMAGES_PER_SCAN) {
    const group = await sumGroup(buckets.slice(from, from + IMAGES_PER_SCAN), grain, log, options)
    for (const [key, sum] of group) sums.set(key, sum)
  }
  return sums
}

/**
 * Sums buckets with one scan for each piece of their time. When the groups do not fit one reply, as for a minute with a hundred
 * thousand events, it starts again with twice as many pieces.
 * @param pieces the number of pieces that the time of each bucket is cut into
 */
async function sumGroup(
  buckets: Bucket[],
  grain: TimeGrain,
  log: ReadableLog,
  options: mongo.AggregateOptions,
  pieces = 1,
): Promise<Map<string, Sum>> {
  const sums = emptySums(buckets)
  try {
    for (let piece = 0; piece < pieces; piece++) {
      const match = anyOf(buckets, (start, imageId) => ({
        imageId,
        at: pieceOf(timeFilterOf(grain, start), piece, pieces),
      }))
      for await (const row of log.read<Row>({ ...match, ...COUNTED }, grouping(grain), {
        ...ROLL_UP_LIMIT,
        ...options,
      })) {
        const sum = sums.get(bucketKey({ ...row._id, grain }))
        if (sum) addRow(sum, row, log)
      }
    }
  } catch (error) {
    if (!TOO_LARGE_CODES.has((error as { code?: number }).code ?? 0) || pieces === MAX_PIECES) throw error
    return sumGroup(buckets, grain, log, options, pieces * 2)
  }
  return sums
}

function pieceOf({ $gte, $lt }: { $gte: Date; $lt: Date }, piece: number, pieces: number) {
  const [from, width] = [$gte.getTime(), $lt.getTime() - $gte.getTime()]
  const cut = (n: number) => new Date(from + Math.floor((n * width) / pieces))
  return { $gte: cut(piece), $lt: cut(piece + 1) }
}

/** Groups twice, to return few rows: a row costs as much as several events. */
function grouping(grain: TimeGrain): mongo.Document[] {
  const start = { $dateTrunc: { date: '$at', unit: grain } }
  const measured = { $ifNull: ['$durationMs', '$depth', '$scale', '$value'] }
  const byCountry = {
    _id: { imageId: '$imageId', start, type: '$type', country: '$geography.country' },
    count: { $sum: 1 },
    people: { $addToSet: '$person' },
    values: { $push: measured },
  }
  const byType = {
    _id: { imageId: '$_id.imageId', start: '$_id.start', type: '$_id.type' },
    count: { $sum: '$count' },
    groups: { $push: { country: '$_id.country', count: '$count', people: '$people', values: '$values' } },
  }
  return [{ $group: byCountry }, { $group: byType }]
}

function addRow(sum: Sum, { _id: { type }, groups }: Row, { hashPerson }: ReadableLog): void {
  for (const { country, count, people, values } of groups) {
    sum.addEvents({
      type,
      ...(country ? { country } : {}),
      count,
      people: people.map(hashPerson),
      values: values.filter(value => value !== null),
    })
  }
}
