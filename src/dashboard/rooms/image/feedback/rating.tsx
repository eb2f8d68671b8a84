import { Star, X } from 'lucide-preact'
import { useId } from 'preact/hooks'
import { decimal } from '../../../format/numbers.ts'
import { counted } from '../../../format/words.ts'
import { Button } from '../../../ui/actions/button.tsx'
import styles from './rating.module.css'
import type { FeedbackPart } from './reactions.tsx'

const STARS = [1, 2, 3, 4, 5]

/** The rating of the account as stars, beside the mean of all. */
export function Rating({ mine, opinions: { rating }, change }: FeedbackPart) {
  const name = useId()
  return (
    <div class={styles.rating}>
      <fieldset class={styles.stars}>
        <legend class={styles.legend}>Your rating</legend>
        {STARS.map(value => (
          <label key={value} class={styles.star} data-lit={value <= (mine.rating ?? 0)} title={counted(value, 'star')}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={mine.rating === value}
              onChange={() => change({ rating: value })}
              aria-label={counted(value, 'star')}
            />
            <Star aria-hidden="true" />
          </label>
        ))}
      </fieldset>
      {mine.rating !== null && (
        <Button emphasis="quiet" icon={X} label="Clear the rating" onClick={() => change({ rating: null })} />
      )}
      <span class={styles.mean}>
        {rating.mean === null ? 'Not rated yet' : `${decimal(rating.mean)} from ${counted(rating.count, 'rating')}`}
      </span>
    </div>
  )
}
