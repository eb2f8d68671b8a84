import { Download as DownloadIcon } from 'lucide-preact'
import { tell } from '../../../api/events.ts'
import type { Image } from '../../../api/types.ts'
import { bytes, count } from '../../../format/numbers.ts'
import { fileLink } from '../../../ui/data/picture.tsx'
import { Dialog } from '../../../ui/feedback/dialog.tsx'
import styles from './download.module.css'

const WIDTHS = [2560, 1280, 640]

/** Offers the file of an image, and smaller ones. */
export function Download({ image, onClose }: { image: Image; onClose(): void }) {
  const { id, width, height, mediaType } = image
  // Smaller files are in a format that all programs open; PNG where the picture may be transparent.
  const format = mediaType === 'image/jpeg' || mediaType === 'image/avif' ? 'jpeg' : 'png'
  const smaller = WIDTHS.filter(smaller => smaller < width).map(smaller => ({
    href: fileLink(image, { width: smaller, format, download: 1 }),
    label: `${sizeOf(smaller, (height * smaller) / width)}, ${format.toUpperCase()}`,
  }))
  const original = `Original: ${sizeOf(width, height)}, ${mediaType.replace('image/', '').toUpperCase()}, ${bytes(image.bytes)}`
  const files = [{ href: fileLink(image, { download: 1 }), label: original }, ...smaller]
  return (
    <Dialog title="Download" onClose={onClose}>
      <ul class={styles.files}>
        {files.map(({ href, label }) => (
          <li key={href}>
            <a class={styles.file} href={href} download onClick={() => void tell({ imageId: id, type: 'download' })}>
              <DownloadIcon class={styles.icon ?? ''} aria-hidden="true" />
              {label}
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function sizeOf(width: number, height: number): string {
  return `${count(width)} × ${count(Math.round(height))}`
}
