import { ImageOff } from 'lucide-preact'
import { useRef, useState } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso'
import { useAnswer } from '../../api/answers.ts'
import { image as imageAt } from '../../api/resources.ts'
import { me, sessionState } from '../../api/session.ts'
import type { Image } from '../../api/types.ts'
import { ButtonLink } from '../../ui/actions/button.tsx'
import { nameOf } from '../../ui/data/picture.tsx'
import { Empty } from '../../ui/feedback/empty.tsx'
import { Failure } from '../../ui/feedback/failure.tsx'
import { SkeletonBlock } from '../../ui/feedback/skeleton.tsx'
import { Room } from '../../ui/layout/room.tsx'
import { Comments } from './comments/comments.tsx'
import { Feedback } from './feedback/feedback.tsx'
import styles from './image.module.css'
import { type Neighbours, useNeighbours } from './list/neighbours.ts'
import { Numbers } from './numbers/numbers.tsx'
import { Stage } from './stage/stage.tsx'
import { Tools } from './tools/tools.tsx'
import { useWatching } from './watching/use-watching.ts'
import { Words } from './words/words.tsx'

/** The room of an image: its picture, its words, what people think of it, and its numbers. */
export default function ImageRoom() {
  const { id = '' } = useRoute().params
  // Private images are seen by their owners only: who is asking must be known.
  const { data, error, refetch } = useAnswer(imageAt(id), { enabled: sessionState.value !== 'unknown' })
  const { neighbours, listed } = useNeighbours(id)
  const { wasPush } = useLocation() as { wasPush?: boolean }
  const [isFollowed] = useState(wasPush === true)
  const image = data ?? listed
  if (error?.status === 404) return <NoImage />
  if (image) return <ImageView key={id} {...{ image, neighbours, isFollowed }} />
  return (
    <Room title="Image">
      {error ? <Failure problem={error} retry={() => void refetch()} /> : <SkeletonBlock height="70dvh" />}
    </Room>
  )
}

interface ImageViewProps {
  image: Image
  neighbours: Neighbours
  isFollowed: boolean
}

function ImageView({ image, neighbours, isFollowed }: ImageViewProps) {
  const stage = useRef<HTMLDivElement>(null)
  const [isLoaded, setLoaded] = useState(false)
  useWatching(image.id, stage, isLoaded)
  return (
    <Room title={nameOf(image)} tools={<Tools {...{ image, neighbours, isFollowed }} />}>
      <Stage image={image} neighbours={neighbours} stage={stage} onLoad={() => setLoaded(true)} />
      <Feedback image={image} />
      <Words image={image} />
      <Numbers image={image} />
      <Comments image={image} />
    </Room>
  )
}

function NoImage() {
  return (
    <Room title="Not found">
      <Empty icon={ImageOff} title="There is no such image, or you may not see it.">
        <p>It may have been deleted, or be private.</p>
        <div class={styles.ways}>
          <ButtonLink href="/dashboard/">Go to the library</ButtonLink>
          {me.value === null && (
            <ButtonLink href={`/dashboard/sign-in?to=${encodeURIComponent(location.pathname)}`}>Sign in</ButtonLink>
          )}
        </div>
      </Empty>
    </Room>
  )
}
