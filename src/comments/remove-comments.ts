import type { mongo } from 'mongoose'
import { deleteInBatches } from '../database/delete-in-batches.ts'
import { COMMENTS } from './comment.ts'

/**
 * Removes the comments on an image, or all comments of an account.
 * @throws Error when it is unknown whether all of them are removed
 */
export function removeComments(of: { imageId: string } | { userId: string }, db: mongo.Db): Promise<void> {
  return deleteInBatches(db, COMMENTS, of, ['_id', 'imageId'])
}
