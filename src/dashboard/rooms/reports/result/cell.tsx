import type { Image } from '../../../api/types.ts'
import { Sparkline } from '../../../charts/sparkline.tsx'
import { nameOf, Picture } from '../../../ui/data/picture.tsx'
import { Time } from '../../../ui/data/time.tsx'
import styles from './cell.module.css'
import { formatOf, isNumeric, type ReportColumn } from './columns.ts'

interface CellProps {
  column: ReportColumn
  value: unknown
  images: Map<string, Image>
}

/** A value of a report, written as its column says. */
export function Cell({ column, value, images }: CellProps) {
  if (value === null || value === undefined) return null
  switch (column.kind) {
    case 'image':
      return <ImageCell id={String(value)} image={images.get(String(value))} />
    case 'time':
      return <Time at={String(value)} />
    case 'person':
      return <code>{String(value)}</code>
    case 'series':
      return <Sparkline label="Over the period" values={value as number[]} colour="--accent" />
    default:
      return <>{isNumeric(column.kind) ? formatOf(column)(Number(value)) : String(value)}</>
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
