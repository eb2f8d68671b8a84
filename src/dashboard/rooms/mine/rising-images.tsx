import type { MyStats } from '../../api/types.ts'
import { RankedImages } from '../../charts/numbers/ranked-images.tsx'
import { count } from '../../format/numbers.ts'
import { counted } from '../../format/words.ts'
import { Section } from '../../ui/layout/room.tsx'
import { risingOf } from './gains.ts'

const LIMIT = 5

/** The own images whose views have grown the most since the time before. */
export function RisingImages({ stats }: { stats: MyStats | undefined }) {
  return (
    <Section title="Rising">
      <RankedImages
        label="Images whose views have grown the most"
        items={
          stats &&
          risingOf(stats.images, LIMIT).map(({ imageId, views, before }) => ({
            imageId,
            value: `+${counted(views - before, 'view')}`,
            note: `${count(views)} after ${count(before)}`,
          }))
        }
        empty={
          stats?.before === null
            ? 'The numbers of the time before are not kept any more. Choose a shorter time.'
            : 'No image of yours has more views than in the time before.'
        }
        limit={LIMIT}
      />
    </Section>
  )
}
