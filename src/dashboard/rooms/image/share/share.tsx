import { tell } from '../../../api/events.ts'
import type { Image } from '../../../api/types.ts'
import { Address } from '../../../ui/actions/address.tsx'
import { fileLink } from '../../../ui/data/picture.tsx'
import { Dialog } from '../../../ui/feedback/dialog.tsx'
import { PrivateLinks } from './private-links.tsx'
import styles from './share.module.css'

/** Gives the addresses under which others see an image. */
export function Share({ image, onClose }: { image: Image; onClose(): void }) {
  const isPublic = image.visibility === 'public'
  const onCopy = () => void tell({ imageId: image.id, type: 'share' })
  return (
    <Dialog title="Share" onClose={onClose}>
      <div class={styles.share}>
        {isPublic ? (
          <>
            <p>Everybody who has these addresses sees the image.</p>
            <Address label="This page" url={`${location.origin}/dashboard/images/${image.id}`} onCopy={onCopy} />
            <Address label="The file" url={`${location.origin}${fileLink(image, {})}`} onCopy={onCopy} />
          </>
        ) : (
          <PrivateLinks image={image} />
        )}
      </div>
    </Dialog>
  )
}
