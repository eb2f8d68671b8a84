import type { Block, ImageStats } from '../../../api/types.ts'
import { decimal, duration, share } from '../../../format/numbers.ts'
import { compared } from '../../../ui/data/compared.ts'
import { Figure, Figures } from '../../../ui/data/figure.tsx'
import styles from './numbers.module.css'

const times = (value: number) => `${decimal(value)}×`

/** How long people looked, how far they scrolled and how much they enlarged. */
export function Spreads({ data: { totals, before } }: { data: ImageStats }) {
  const past = before?.totals
  return (
    <>
      <Spread
        title="Time looked at"
        now={totals.dwell && [totals.dwell.p50Ms, totals.dwell.p90Ms, totals.dwell.p99Ms]}
        past={past?.dwell && [past.dwell.p50Ms, past.dwell.p90Ms, past.dwell.p99Ms]}
        format={duration}
      />
      <Spread
        title="Scroll depth"
        now={quantilesOf(totals.scroll)}
        past={quantilesOf(past?.scroll ?? null)}
        format={share}
      />
      <Spread title="Zoom" now={quantilesOf(totals.zoom)} past={quantilesOf(past?.zoom ?? null)} format={times} />
    </>
  )
}

function quantilesOf(quantiles: Block['scroll']): number[] | null {
  return quantiles && [quantiles.p50, quantiles.p90]
}

const LABELS = ['Median', '90th percentile', '99th percentile']

interface SpreadProps {
  title: string
  /** The median, then the other quantiles; null when nothing was measured. */
  now: number[] | null
  past: number[] | null | undefined
  format(value: number): string
}

function Spread({ title, now, past, format }: SpreadProps) {
  return (
    <div class={styles.part}>
      <h3>{title}</h3>
      {now ? (
        <Figures>
          {now.map((value, index) => (
            <Figure
              key={LABELS[index]}
              label={LABELS[index] ?? ''}
              value={format(value)}
              compared={compared(value, past?.[index], format)}
            />
          ))}
        </Figures>
      ) : (
        <p class={styles.quiet}>Not measured in this time.</p>
      )}
    </div>
  )
}
