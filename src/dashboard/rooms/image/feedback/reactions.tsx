import { Bookmark, ThumbsDown, ThumbsUp } from 'lucide-preact'
import type { Feedback } from '../../../api/types.ts'
import { share, shortCount } from '../../../format/numbers.ts'
import { Button } from '../../../ui/actions/button.tsx'
import type { FeedbackChange, Opinions } from './change.ts'
import styles from './feedback.module.css'

/** What each part of the feedback gets. */
export interface FeedbackPart {
  /** The feedback of the account. */
  mine: Feedback
  /** That of all people. */
  opinions: Opinions
  change(change: FeedbackChange): void
}

/** Buttons to like, dislike and save an image, each with the number of people who did. */
export function Reactions({ mine: { reaction, saved }, opinions, change }: FeedbackPart) {
  const react = (wanted: 'like' | 'dislike') => change({ reaction: reaction === wanted ? null : wanted })
  const { likes, dislikes, saves, likeRatio } = opinions
  return (
    <div class={styles.buttons}>
      <Button icon={ThumbsUp} pressed={reaction === 'like'} onClick={() => react('like')}>
        Like <Count value={likes} />
      </Button>
      <Button icon={ThumbsDown} pressed={reaction === 'dislike'} onClick={() => react('dislike')}>
        Dislike <Count value={dislikes} />
      </Button>
      <Button icon={Bookmark} pressed={saved} onClick={() => change({ saved: !saved })}>
        {saved ? 'Saved' : 'Save'} <Count value={saves} />
      </Button>
      {likeRatio !== null && likes + dislikes > 0 && (
        <span class={styles.quiet} title="Estimated from the likes and dislikes: few of them count less.">
          About {share(likeRatio)} like it
        </span>
      )}
    </div>
  )
}

function Count({ value }: { value: number }) {
  return <span class={styles.count}>{shortCount(value)}</span>
}
