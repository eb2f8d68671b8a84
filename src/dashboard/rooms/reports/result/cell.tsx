import type { Image, Report } from '../../../api/types.ts'
import { count, decimal, duration, share } from '../../../format/numbers.ts'
import { nameOf, Picture } from '../../../ui/data/picture.tsx'
import { Time } from '../../../ui/data/time.tsx'
import styles from './cell.module.css'

interface CellProps {
  value: unknown
  kind: Report['columns'][number]['kind']
  images: Map<string, Image>
}

/** A value of a report, as its kind is read. */
export function Cell({ value, kind, images }: CellProps) {
  if (value === null || value === undefined) return null
  switch (kind) {
    case 'image':
      return <ImageCell id={String(value)} image={images.get(String(value))} />
    case 'time':
      return <Time at={String(value)} />
    case 'count':
      return <>{count(Number(value))}</>
    case 'number':
      return <>{decimal(Number(value))}</>
    case 'share':
      return <>{share(Number(value))}</>
    case 'ms':
      return <>{duration(Number(value))}</>
    case 'person':
      return <code>{String(value)}</code>
    case 'series':
      return <>{(value as number[]).join(' ')}</>
    default:
      return <>{String(value)}</>
  }
}

function ImageCell({ id, image }: { id: string; image: Image | undefined }) {
  return (
    <a class={styles.image} href={`/dashboard/images/${id}`} title={image ? nameOf(image) : id}>
      {image ? (
        <span class={styles.frame}>
          <Picture image={image} sizes="3rem" />
        </span>
      ) : (
        <code>{id}</code>
      )}
    </a>
  )
}
