import type { Block } from '../../../api/types.ts'
import { Histogram } from '../../../charts/histogram.tsx'
import { decimal } from '../../../format/numbers.ts'
import { compared } from '../../../ui/data/compared.ts'
import { Figure, Figures } from '../../../ui/data/figure.tsx'
import styles from './numbers.module.css'

/** The ratings that were given in a range of time. */
export function Ratings({ totals: { rating }, before }: { totals: Block; before: Block | undefined }) {
  return (
    <div class={styles.part}>
      <h3>Ratings given</h3>
      {rating ? (
        <>
          <Figures>
            <Figure
              label="Mean"
              value={decimal(rating.mean)}
              compared={compared(rating.mean, before?.rating?.mean, decimal)}
            />
          </Figures>
          <Histogram
            label="Ratings by stars"
            columns={rating.histogram.map((value, index) => ({ name: String(index + 1), value }))}
            colour="--event-rating"
            word="rating"
          />
        </>
      ) : (
        <p class={styles.quiet}>Nobody has rated the image in this time.</p>
      )}
    </div>
  )
}
