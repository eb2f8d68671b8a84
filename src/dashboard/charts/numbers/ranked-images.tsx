import type { ComponentChildren } from 'preact'
import { nameOf, Picture } from '../../ui/data/picture.tsx'
import { SkeletonRows } from '../../ui/feedback/skeleton.tsx'
import styles from './ranked-images.module.css'
import { useImages } from './use-images.ts'

/** An image in a ranking. */
export interface RankedImage {
  imageId: string
  /** What it is ranked by, formatted. */
  value: string
  /** Stands below the value: what it is compared with. */
  note?: ComponentChildren
}

interface RankedImagesProps {
  /** Names the list for screen readers. */
  label: string
  /** Undefined while they are read. */
  items: readonly RankedImage[] | undefined
  /** Says what to do when there are none. */
  empty: ComponentChildren
  /** How many there are at most: the room for them is kept free. */
  limit: number
}

/** Images with their pictures and numbers, the first one first. */
export function RankedImages({ label, items, empty, limit }: RankedImagesProps) {
  const images = useImages(items?.map(({ imageId }) => imageId) ?? [])
  if (!items) return <SkeletonRows rows={limit} />
  if (items.length === 0) return <p class={styles.empty}>{empty}</p>
  return (
    <ol class={styles.list} aria-label={label}>
      {items.map(({ imageId, value, note }) => {
        const image = images.get(imageId)
        return (
          <li key={imageId} class={styles.item}>
            <a class={styles.row} href={`/dashboard/images/${imageId}`}>
              <span class={styles.picture} aria-hidden="true">
                {image && <Picture image={image} sizes="3rem" />}
              </span>
              <span class={styles.name}>{image ? nameOf(image) : 'Image'}</span>
              <span class={styles.value}>{value}</span>
              <span class={styles.note}>{note}</span>
            </a>
          </li>
        )
      })}
    </ol>
  )
}
