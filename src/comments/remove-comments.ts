import type { mongo } from 'mongoose'
import { deleteInBatches } from '../database/delete-in-batches.ts'
import { COMMENTS } from './comment.ts'

/**
 * Removes the comments on an image, or all comments of an account.
 * @throws when it is not known that all of them are gone
 */
export function removeComments(of: { imageId: string } | { userId: string }, db: mongo.Db): Promise<void> {
  return deleteInBatches(db, COMMENTS, of, ['_id', 'imageId'])
}
