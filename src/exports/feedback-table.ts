import type { mongo } from 'mongoose'
import { batches } from '../database/batches.ts'
import { CURRENT_READ } from '../database/connect.ts'
import { SCAN_LIMIT } from '../database/time-limits.ts'
import type { TimeRange } from '../events/log/scan.ts'
import { ANYTHING_ON, FEEDBACK, type Feedback, type FeedbackId, feedbackId } from '../feedback/feedback.ts'
import { wireFeedback } from '../feedback/read-feedback.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { type IdCipher, unknownRowId } from './id-cipher.ts'
import { columnsOf, type Row, type Table } from './table.ts'

const BATCH_SIZE = 500

export const FEEDBACK_COLUMNS = columnsOf({
  id: 'STRING',
  person: 'STRING',
  imageId: 'STRING',
  reaction: 'STRING',
  rating: 'INT32',
  saved: 'BOOLEAN',
  tags: 'TEXTS',
  updatedAt: 'TIMESTAMP',
})

/**
 * Returns the table of the current feedback that was last changed in a range of time. It is sorted by person and image, which a
 * change does not affect: no row appears twice, and a row that is changed meanwhile belongs to this range or a later one.
 */
export function feedbackTable(db: mongo.Db, pseudonym: Pseudonym, idCipher: IdCipher): Table {
  const rowOf = feedbackRow(pseudonym, idCipher)
  return {
    columns: FEEDBACK_COLUMNS,
    rows(range, after) {
      return rows(range, after === undefined ? undefined : positionOf(after))
    },
  }

  function positionOf(after: string): FeedbackId {
    const [person, imageId] = idCipher.decrypt(after)?.split(' ') ?? []
    if (person === undefined || imageId === undefined) throw unknownRowId()
    return feedbackId(person, imageId)
  }

  async function* rows({ from, to }: TimeRange, after?: FeedbackId): AsyncGenerator<Row[]> {
    const filter = {
      ...(after === undefined ? {} : { _id: { $gt: after } }),
      updatedAt: { $gte: from, $lt: to },
      $or: ANYTHING_ON,
    }
    const options = { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE }
    const found = db.collection<Feedback>(FEEDBACK).find(filter, options).sort({ _id: 1 })
    for await (const batch of batches(found)) yield batch.map(rowOf)
  }
}

/** Returns the conversion of feedback to rows. */
export function feedbackRow(pseudonym: Pseudonym, idCipher: IdCipher): (feedback: Feedback) => Row {
  return feedback => {
    const { person, imageId, updatedAt } = feedback
    return {
      id: idCipher.encrypt(`${person} ${imageId}`),
      person: pseudonym(person),
      ...wireFeedback(feedback),
      updatedAt,
    }
  }
}
