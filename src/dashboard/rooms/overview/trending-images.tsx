import { useAnswer } from '../../api/answers.ts'
import { trending } from '../../api/resources.ts'
import { RankedImages } from '../../charts/numbers/ranked-images.tsx'
import { count } from '../../format/numbers.ts'
import { Time } from '../../ui/data/time.tsx'
import { Failure } from '../../ui/feedback/failure.tsx'
import { Section } from '../../ui/layout/room.tsx'
import styles from './overview.module.css'

const LIMIT = 5
/** The ranking is of hours: it does not change at once. */
const REFRESH_MS = 60_000

/** The images that get more interest than the days before let expect. */
export function TrendingImages() {
  const { data, error, refetch } = useAnswer(trending({ limit: LIMIT }), { every: REFRESH_MS })
  return (
    <Section
      title="Trending"
      tools={
        data && (
          <span class={styles.quiet}>
            Events since <Time at={data.from} as="time" />
          </span>
        )
      }
    >
      {error && !data ? (
        <Failure problem={error} retry={refetch} />
      ) : (
        <RankedImages
          label="Trending images"
          items={data?.items.map(({ imageId, recent, expected }) => ({
            imageId,
            value: count(recent),
            note: `${count(Math.round(expected))} expected`,
          }))}
          empty="No image gets more interest than usual at the moment."
          limit={LIMIT}
        />
      )}
    </Section>
  )
}
