import type { mongo } from 'mongoose'
import { batches } from '../database/batches.ts'
import { CURRENT_READ } from '../database/connect.ts'
import type { TimeRange } from '../events/log/scan.ts'
import type { Image } from '../images/image.ts'
import { columnsOf, type Row, type Table } from './table.ts'

const BATCH = 500

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
  tags: 'JSON',
})

/** The images that were uploaded in that time, in the order of their ids. */
export function imageTable(db: mongo.Db): Table {
  return {
    columns,
    async *rows(stretch, after) {
      for await (const some of imagesOf(db, stretch, after)) yield some.map(rowOf)
    },
  }
}

/** Images by their ids, some at a time. */
export function imagesOf(db: mongo.Db, { from, to }: TimeRange, after?: string): AsyncGenerator<Image[]> {
  const filter = { ...(after === undefined ? {} : { _id: { $gt: after } }), uploadedAt: { $gte: from, $lt: to } }
  return batches(
    db
      .collection<Image>('images')
      .find(filter, { ...CURRENT_READ, batchSize: BATCH })
      .sort({ _id: 1 }),
  )
}

/** Of a private image only what says nothing of what it shows or whose it is: an analyst may not see it. */
function rowOf(image: Image): Row {
  const { _id, visibility, mediaType, bytes, width, height, uploadedAt, updatedAt } = image
  const row = { id: _id, visibility, mediaType, bytes, width, height, uploadedAt, updatedAt }
  if (visibility === 'private') return row
  const { ownerId, fileName, sha256, title, altText, description, tags } = image
  return { ...row, ownerId, fileName, sha256, title, altText, description, tags }
}
