import { Heart } from 'lucide-preact'
import { useAnswer, useListing } from '../../../api/answers.ts'
import { imagesById, myFeedback } from '../../../api/resources.ts'
import type { Feedback } from '../../../api/types.ts'
import { useQueryState } from '../../../hooks/use-query-state.ts'
import { ButtonLink } from '../../../ui/actions/button.tsx'
import { Listed } from '../../../ui/data/listed.tsx'
import { nameOf, Picture } from '../../../ui/data/picture.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { Choice } from '../../../ui/forms/choice.tsx'
import styles from './opinions.module.css'

const KINDS = [
  { value: 'liked', label: 'Liked' },
  { value: 'saved', label: 'Saved' },
] as const
type Kind = (typeof KINDS)[number]['value']

/** Images that are read at once. */
const PAGE = 50

/** The images that the reader likes or has saved, the latest first. */
export function Opinions() {
  const [kind, setKind] = useQueryState<Kind>('kind', ['liked', 'saved'])
  const query = kind === 'liked' ? { reaction: 'like' } : { saved: 'true' }
  const listing = useListing(myFeedback({ ...query, limit: PAGE }))
  return (
    <>
      <div>
        <Choice label="Which" options={KINDS} value={kind} onChange={value => setKind(value)} />
      </div>
      <Listed
        listing={listing}
        empty={
          <Empty icon={Heart} title={`No ${kind} images yet.`}>
            <p>{kind === 'liked' ? 'Like' : 'Save'} an image, and it stands here.</p>
            <ButtonLink href="/dashboard/">Go to the library</ButtonLink>
          </Empty>
        }
      >
        {items => <Gallery feedback={items} />}
      </Listed>
    </>
  )
}

function Gallery({ feedback }: { feedback: Feedback[] }) {
  const pages = Array.from({ length: Math.ceil(feedback.length / PAGE) }, (_, page) =>
    feedback.slice(page * PAGE, (page + 1) * PAGE).map(({ imageId }) => imageId),
  )
  return (
    <ul class={styles.gallery}>
      {pages.map(ids => (
        <Pictures key={ids[0]} ids={ids} />
      ))}
    </ul>
  )
}

function Pictures({ ids }: { ids: string[] }) {
  const { data } = useAnswer(imagesById(ids))
  return (
    <>
      {data?.items.map(image => (
        <li key={image.id}>
          <a class={styles.link} href={`/dashboard/images/${image.id}`}>
            <span class={styles.frame}>
              <Picture image={image} sizes="12rem" />
            </span>
            {nameOf(image)}
          </a>
        </li>
      ))}
    </>
  )
}
