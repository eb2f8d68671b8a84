import { useAnswer } from '../../api/answers.ts'
import { top } from '../../api/resources.ts'
import { RankedImages } from '../../charts/numbers/ranked-images.tsx'
import type { Span } from '../../charts/range/range.ts'
import { useQueryState } from '../../hooks/use-query-state.ts'
import { Failure } from '../../ui/feedback/failure.tsx'
import { Menu } from '../../ui/forms/menu.tsx'
import { Section } from '../../ui/layout/room.tsx'
import { METRICS, writeMetric } from './metrics.ts'
import styles from './overview.module.css'
import { REFRESH_MS } from './refresh.ts'

const LIMIT = 5

/** The images with the highest numbers. Rankings are of some spans only: of all time for the others. */
export function TopImages({ span }: { span: Span | undefined }) {
  const [metric, setMetric] = useQueryState(
    'top',
    METRICS.map(({ value }) => value),
  )
  const window = span === undefined || span === '90d' ? 'all' : span
  const { data, error, refetch } = useAnswer(top({ metric, window, limit: LIMIT }), { every: REFRESH_MS, keep: true })
  return (
    <Section
      title="Top images"
      tools={
        <>
          {window === 'all' && <span class={styles.quiet}>All time</span>}
          <Menu label="Ranked by" options={METRICS} value={metric} onChange={setMetric} />
        </>
      }
    >
      {error && !data ? (
        <Failure problem={error} retry={refetch} />
      ) : (
        <RankedImages
          label="Top images"
          items={data?.items.map(({ imageId, value, exact }) => ({
            imageId,
            value: `${exact ? '' : '≈ '}${writeMetric(data.metric, value)}`,
          }))}
          empty="Nobody has looked at an image in this time. Choose a longer one."
          limit={LIMIT}
        />
      )}
    </Section>
  )
}
