import type { mongo } from 'mongoose'
import { batches } from '../database/batches.ts'
import { CURRENT_READ } from '../database/connect.ts'
import { SCAN_LIMIT } from '../database/time-limits.ts'
import type { TimeRange } from '../events/log/scan.ts'
import type { Image } from '../images/image.ts'
import { columnsOf, type Row, type Table } from './table.ts'

const BATCH_SIZE = 500

const columns = columnsOf({
  id: 'STRING',
  visibility: 'STRING',
  mediaType: 'STRING',
  bytes: 'INT64',
  width: 'INT32',
  height: 'INT32',
  uploadedAt: 'TIMESTAMP',
  updatedAt: 'TIMESTAMP',
  ownerId: 'STRING',
  fileName: 'STRING',
  sha256: 'STRING',
  title: 'STRING',
  altText: 'STRING',
  description: 'STRING',
  tags: 'TEXTS',
})

/** Returns the table of the images uploaded in a range of time, sorted by id. */
export function imageTable(db: mongo.Db): Table {
  return {
    columns,
    async *rows(range, after) {
      for await (const batch of imagesOf(db, range, after)) yield batch.map(rowOf)
    },
  }
}

/** Yields the images uploaded in a range of time, sorted by id, in batches. */
export function imagesOf(db: mongo.Db, { from, to }: TimeRange, after?: string): AsyncGenerator<Image[]> {
  const filter = { ...(after === undefined ? {} : { _id: { $gt: after } }), uploadedAt: { $gte: from, $lt: to } }
  return batches(
    db
      .collection<Image>('images')
      .find(filter, { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE })
      .sort({ _id: 1 }),
  )
}

/** Returns the row of an image. For a private one, which analysts may not see, it reveals neither owner nor content. */
function rowOf(image: Image): Row {
  const { _id, visibility, mediaType, bytes, width, height, uploadedAt, updatedAt } = image
  const row = { id: _id, visibility, mediaType, bytes, width, height, uploadedAt, updatedAt }
  if (visibility === 'private') return row
  const { ownerId, fileName, sha256, title, altText, description, tags } = image
  return { ...row, ownerId, fileName, sha256, title, altText, description, tags }
}
