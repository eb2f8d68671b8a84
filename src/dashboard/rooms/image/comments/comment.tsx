import { Trash } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { comments } from '../../../api/resources.ts'
import { me } from '../../../api/session.ts'
import type { Image, Comment as WrittenComment } from '../../../api/types.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Confirm } from '../../../ui/feedback/confirm.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { mayChange } from '../access.ts'
import styles from './comments.module.css'

/** A comment. Its author, the owner of the image and admins may delete it. */
export function Comment({ comment, image }: { comment: WrittenComment; image: Image }) {
  const [asks, setAsks] = useState(false)
  const { id, userId, displayName, text, createdAt } = comment
  const isMine = userId === me.value?.id

  async function remove() {
    await ask('DELETE', `/v1/comments/${id}`)
    await outdate([comments(image.id).path])
    toast('The comment is deleted.')
  }

  return (
    <li class={styles.comment}>
      <p class={styles.head}>
        <span class={styles.author}>{isMine ? 'You' : (displayName ?? 'Somebody without a name')}</span>
        <Time at={createdAt} as="ago" />
      </p>
      <p class={styles.text}>{text}</p>
      {(isMine || mayChange(image)) && (
        <div class={styles.delete}>
          <Button emphasis="quiet" icon={Trash} label="Delete the comment" onClick={() => setAsks(true)} />
        </div>
      )}
      {asks && (
        <Confirm title="Delete this comment?" action="Delete" act={remove} onClose={() => setAsks(false)}>
          This can not be undone.
        </Confirm>
      )}
    </li>
  )
}
