import { Images } from 'lucide-preact'
import { useAnswer } from '../../api/answers.ts'
import { myStats } from '../../api/resources.ts'
import { EventsChart } from '../../charts/numbers/events-chart.tsx'
import { KeyFigures } from '../../charts/numbers/key-figures.tsx'
import { queryOf } from '../../charts/range/range.ts'
import { RangePicker } from '../../charts/range/range-picker.tsx'
import { useRange } from '../../charts/range/use-range.ts'
import { useKept } from '../../hooks/use-kept.ts'
import { ButtonLink } from '../../ui/actions/button.tsx'
import { Empty } from '../../ui/feedback/empty.tsx'
import { Failure, FailureNote } from '../../ui/feedback/failure.tsx'
import { Room } from '../../ui/layout/room.tsx'
import { BestImages } from './best-images.tsx'
import styles from './mine.module.css'
import { RisingImages } from './rising-images.tsx'

const REFRESH_MS = 30_000

/** How the reader's own images do. */
export default function Mine() {
  const choice = useRange()
  const { data, error, refetch, isPlaceholderData } = useAnswer(
    myStats({ ...queryOf(choice.range), compare: 'previous' }),
    { every: REFRESH_MS, keep: true },
  )
  const interval = useKept(choice.range.interval, isPlaceholderData)
  if (data?.imageCount === 0) {
    return (
      <Room title="My numbers">
        <Empty icon={Images} title="You have no images yet.">
          <p>When you have uploaded some, you see here how people look at them.</p>
          <ButtonLink emphasis="primary" href="/dashboard/">
            Upload images
          </ButtonLink>
        </Empty>
      </Room>
    )
  }
  return (
    <Room title="My numbers" tools={<RangePicker {...choice} />}>
      {error && !data ? (
        <Failure problem={error} retry={refetch} />
      ) : (
        <>
          {error && <FailureNote problem={error} />}
          <KeyFigures series={data?.series} totals={data?.totals} before={data?.before?.totals} />
          <EventsChart stats={data} interval={interval} onSelect={choice.select} />
          <div class={styles.columns}>
            <BestImages stats={data} />
            <RisingImages stats={data} />
          </div>
        </>
      )}
    </Room>
  )
}
