import { MessageSquare } from 'lucide-preact'
import { useListing } from '../../../api/answers.ts'
import { comments as commentsOf } from '../../../api/resources.ts'
import { me, sessionState } from '../../../api/session.ts'
import type { Image } from '../../../api/types.ts'
import { Listed } from '../../../ui/data/listed.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { Comment } from './comment.tsx'
import styles from './comments.module.css'
import { PostComment } from './post-comment.tsx'

/** The comments on an image, the newest first, and a form for another one. */
export function Comments({ image }: { image: Image }) {
  const listing = useListing(commentsOf(image.id))
  return (
    <Section title="Comments">
      <div class={styles.comments}>
        {me.value && <PostComment image={image} />}
        <Listed listing={listing} empty={<NoComments />}>
          {comments => (
            <ul class={styles.list} aria-label="Comments">
              {comments.map(comment => (
                <Comment key={comment.id} comment={comment} image={image} />
              ))}
            </ul>
          )}
        </Listed>
      </div>
    </Section>
  )
}

function NoComments() {
  return (
    <Empty icon={MessageSquare} title="No comments yet.">
      {me.value ? (
        <p>Write the first one.</p>
      ) : (
        sessionState.value !== 'unknown' && (
          <p>
            <a href={`/dashboard/sign-in?to=${encodeURIComponent(location.pathname)}`}>Sign in</a> to write the first
            one.
          </p>
        )
      )}
    </Empty>
  )
}
