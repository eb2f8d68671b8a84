import type { AuditTrail } from '../accounts/audit-trail.ts'
import type { Database } from '../database/connect.ts'
import { Problem } from '../errors.ts'
import type { UserIdentity } from '../http/plugins/identity.ts'
import { visibleImage } from '../images/visible-image.ts'
import { type Comment, comments } from './comment.ts'

/**
 * Deletes a comment; its author, the owner of the image and admins may do so. The event of the comment stays in the log.
 * @throws Problem `not_found` when it does not exist or the caller may not see it; `forbidden` when the caller may not delete it
 */
export async function deleteComment(
  id: string,
  caller: UserIdentity,
  address: string,
  { database, audit }: { database: Database; audit: AuditTrail },
): Promise<void> {
  const model = comments(database.connection)
  const comment = await model.findById(id).lean<Comment>()
  if (!comment) throw new Problem('not_found', { detail: 'comment not found' })
  if (comment.userId !== caller.id) {
    const ownerId = await visibleImage(database, comment.imageId, caller)
    if (ownerId !== caller.id && !caller.roles.includes('admin')) {
      throw new Problem('forbidden', {
        detail: 'only its author, the owner of the image or an admin may delete a comment',
      })
    }
  }
  await model.deleteOne({ _id: id })
  await audit.record({ what: 'comment_deleted', who: caller.id, whom: comment.userId, thing: id, address })
}
