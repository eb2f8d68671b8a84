import type { MyStats } from '../../api/types.ts'
import { RankedImages } from '../../charts/numbers/ranked-images.tsx'
import { counted } from '../../format/words.ts'
import { Section } from '../../ui/layout/room.tsx'
import styles from './mine.module.css'

const LIMIT = 5

/** The own images with the most views. */
export function BestImages({ stats }: { stats: MyStats | undefined }) {
  return (
    <Section
      title="Most viewed"
      tools={stats && <span class={styles.quiet}>of {counted(stats.imageCount, 'image')}</span>}
    >
      <RankedImages
        label="Most viewed images"
        items={stats?.images
          .filter(({ counts }) => counts.view > 0)
          .slice(0, LIMIT)
          .map(({ imageId, counts, people }) => ({
            imageId,
            value: counted(counts.view, 'view'),
            note: counted(people.value, 'person', 'people'),
          }))}
        empty="Nobody has viewed an image of yours in this time. Choose a longer one."
        limit={LIMIT}
      />
    </Section>
  )
}
