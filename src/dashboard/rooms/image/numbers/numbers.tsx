import { me } from '../../../api/session.ts'
import type { Image } from '../../../api/types.ts'
import { KindChoice } from '../../../charts/numbers/kind-choice.tsx'
import { DEFAULT_EVENTS, useKinds } from '../../../charts/numbers/use-kinds.ts'
import { RangePicker } from '../../../charts/range/range-picker.tsx'
import { TimeChart } from '../../../charts/time-chart/time-chart.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Failure, FailureNote } from '../../../ui/feedback/failure.tsx'
import { SkeletonBlock } from '../../../ui/feedback/skeleton.tsx'
import { Choice } from '../../../ui/forms/choice.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { Countries } from './countries.tsx'
import { Headline } from './headline.tsx'
import styles from './numbers.module.css'
import { Ratings } from './ratings.tsx'
import { Spreads } from './spreads.tsx'
import { useNumbers } from './use-numbers.ts'

/** How people looked at an image in a range of time. It is for accounts: others have a hint where feedback is. */
export function Numbers({ image }: { image: Image }) {
  return me.value && <ImageNumbers imageId={image.id} />
}

function ImageNumbers({ imageId }: { imageId: string }) {
  const { choice, interval, setInterval, options, data, error, refetch, shownInterval } = useNumbers(imageId)
  const kinds = useKinds(DEFAULT_EVENTS)
  return (
    <Section title="Numbers" tools={<RangePicker {...choice} />}>
      {error && !data && <Failure problem={error} retry={refetch} />}
      {error && data && <FailureNote problem={error} what="These numbers are not up to date:" />}
      {!data && !error && <SkeletonBlock height="var(--chart)" />}
      {data && (
        <div class={styles.numbers}>
          <Headline data={data} />
          <div class={styles.part}>
            <div class={styles.controls}>
              <KindChoice {...kinds} totals={data.totals} />
              <Choice label="One point for each" options={options} value={interval} onChange={setInterval} />
            </div>
            <TimeChart
              label="Events"
              points={data.series}
              lines={kinds.lines}
              interval={shownInterval}
              settledTo={data.settledTo}
              onSelect={choice.select}
              legend={false}
            />
          </div>
          <div class={styles.columns}>
            <Spreads data={data} />
            <Ratings totals={data.totals} before={data.before?.totals} />
          </div>
          <Countries countries={data.countries} />
          <p class={styles.quiet}>
            Complete up to <Time at={data.settledTo} as="second" />; later events are still being counted. Your own
            visits count, too: while you are signed in, this page sends that you have seen the image, for how long, and
            when you download or share it.
          </p>
        </div>
      )}
    </Section>
  )
}
