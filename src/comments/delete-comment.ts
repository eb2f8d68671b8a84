import type { AuditTrail } from '../accounts/audit-trail.ts'
import type { Database } from '../database/connect.ts'
import { Problem } from '../errors.ts'
import type { UserIdentity } from '../http/plugins/identity.ts'
import { visibleImage } from '../images/visible-image.ts'
import { type Comment, comments } from './comment.ts'

/**
 * Deletes a comment, for its author, the image's owner and admins, and notes who it was. That it was written stays in the log.
 * @throws Problem `not_found` where there is none that the caller may see, `forbidden` where it is another's
 */
export async function deleteComment(
  id: string,
  caller: UserIdentity,
  address: string,
  { database, audit }: { database: Database; audit: AuditTrail },
): Promise<void> {
  const model = comments(database.connection)
  const comment = await model.findById(id).lean<Comment>()
  if (!comment) throw new Problem('not_found')
  if (comment.userId !== caller.id) {
    const ownerId = await visibleImage(database, comment.imageId, caller)
    if (ownerId !== caller.id && !caller.roles.includes('admin')) throw new Problem('forbidden')
  }
  await model.deleteOne({ _id: id })
  await audit.note({ what: 'comment_deleted', who: caller.id, whom: comment.userId, thing: id, address })
}
