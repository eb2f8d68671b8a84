import type { ComponentChildren } from 'preact'
import { me } from '../../../api/session.ts'
import type { Image } from '../../../api/types.ts'
import { bytes, count } from '../../../format/numbers.ts'
import { Time } from '../../../ui/data/time.tsx'
import styles from './details.module.css'

/** What is known of the file of an image. */
export function Details({ image }: { image: Image }) {
  const { width, height, mediaType, animated, camera, takenAt, uploadedAt, fileName, visibility, ownerId } = image
  return (
    <dl class={styles.details}>
      <Detail term="Dimensions">
        {count(width)} × {count(height)} pixels
      </Detail>
      <Detail term="Size">{bytes(image.bytes)}</Detail>
      <Detail term="Format">
        {mediaType.replace('image/', '').toUpperCase()}
        {animated && ', animated'}
      </Detail>
      {fileName && <Detail term="File">{fileName}</Detail>}
      {camera && <Detail term="Camera">{camera}</Detail>}
      {takenAt && (
        <Detail term="Taken">
          <Time at={takenAt} />
        </Detail>
      )}
      <Detail term="Uploaded">
        <Time at={uploadedAt} />
        {me.value?.id === ownerId && ', by you'}
      </Detail>
      <Detail term="Visibility">{visibility === 'public' ? 'Public' : 'Private'}</Detail>
    </dl>
  )
}

function Detail({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class={styles.detail}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}
