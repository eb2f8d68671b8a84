import { me, sessionState } from '../../../api/session.ts'
import type { Image } from '../../../api/types.ts'
import { ButtonLink } from '../../../ui/actions/button.tsx'
import { Failure, FailureNote } from '../../../ui/feedback/failure.tsx'
import { SkeletonRows } from '../../../ui/feedback/skeleton.tsx'
import styles from './feedback.module.css'
import { Rating } from './rating.tsx'
import { Reactions } from './reactions.tsx'
import { Tags } from './tags.tsx'
import { useFeedback } from './use-feedback.ts'

/** What the account thinks of an image, beside what all people think of it. */
export function Feedback({ image }: { image: Image }) {
  if (sessionState.value === 'unknown') return <SkeletonRows rows={1} />
  return <section aria-label="Feedback">{me.value ? <OwnFeedback imageId={image.id} /> : <SignInHint />}</section>
}

function OwnFeedback({ imageId }: { imageId: string }) {
  const { mine, stats, opinions, change, problem } = useFeedback(imageId)
  const failed = mine.error ?? stats.error
  if (failed && !(mine.data && opinions)) {
    return <Failure problem={failed} retry={() => void Promise.all([mine.refetch(), stats.refetch()])} />
  }
  if (!mine.data || !opinions) return <SkeletonRows rows={2} />
  const parts = { mine: mine.data, opinions, change }
  return (
    <div class={styles.feedback}>
      <div class={styles.row}>
        <Reactions {...parts} />
        <Rating {...parts} />
      </div>
      <Tags {...parts} />
      {problem && <FailureNote problem={problem} what="Your change is undone:" />}
    </div>
  )
}

function SignInHint() {
  return (
    <div class={styles.row}>
      <p class={styles.quiet}>Sign in to like, rate, save and tag this image, and to see what others think of it.</p>
      <ButtonLink href={`/dashboard/sign-in?to=${encodeURIComponent(location.pathname)}`}>Sign in</ButtonLink>
    </div>
  )
}
