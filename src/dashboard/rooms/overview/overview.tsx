import { useAnswer } from '../../api/answers.ts'
import { useLive } from '../../api/live/use-live.ts'
import { liveNumbers, overview } from '../../api/resources.ts'
import { EventsChart } from '../../charts/numbers/events-chart.tsx'
import { KeyFigures } from '../../charts/numbers/key-figures.tsx'
import { queryOf } from '../../charts/range/range.ts'
import { RangePicker } from '../../charts/range/range-picker.tsx'
import { useRange } from '../../charts/range/use-range.ts'
import { useKept } from '../../hooks/use-kept.ts'
import { Time } from '../../ui/data/time.tsx'
import { Failure, FailureNote } from '../../ui/feedback/failure.tsx'
import { Room } from '../../ui/layout/room.tsx'
import { Countries } from './countries.tsx'
import styles from './overview.module.css'
import { LIVE_REFRESH_MS, REFRESH_MS } from './refresh.ts'
import { TopImages } from './top-images.tsx'
import { TrendingImages } from './trending-images.tsx'

/** The numbers of the whole site. */
export default function Overview() {
  const choice = useRange()
  const every = useLive(liveNumbers(), '/v1/stats/overview', { live: LIVE_REFRESH_MS, alone: REFRESH_MS })
  const { data, error, refetch, isPlaceholderData } = useAnswer(
    overview({ ...queryOf(choice.range), compare: 'previous' }),
    { every, keep: true },
  )
  const interval = useKept(choice.range.interval, isPlaceholderData)
  const tools = (
    <>
      {data?.asOf && (
        <span class={styles.asOf}>
          As of <Time at={data.asOf} as="second" />
        </span>
      )}
      <RangePicker {...choice} />
    </>
  )
  return (
    <Room title="Overview" tools={tools}>
      {error && !data ? (
        <Failure problem={error} retry={refetch} />
      ) : (
        <>
          {error && <FailureNote problem={error} />}
          <KeyFigures series={data?.series} totals={data?.totals} before={data?.before?.totals} />
          <EventsChart stats={data} interval={interval} onSelect={choice.select} />
          <div class={styles.columns}>
            <TopImages span={choice.range.span} />
            <TrendingImages />
            <Countries countries={data?.countries} />
          </div>
        </>
      )}
    </Room>
  )
}
