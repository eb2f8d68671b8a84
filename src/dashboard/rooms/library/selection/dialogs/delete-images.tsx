import type { Image } from '../../../../api/types.ts'
import { counted } from '../../../../format/words.ts'
import { nameOf } from '../../../../ui/data/picture.tsx'
import { Confirm } from '../../../../ui/feedback/confirm.tsx'
import { deleteImages } from '../change-images.ts'
import { perform } from '../perform.ts'

/** Asks before images are deleted. */
export function DeleteImages({ images, onClose }: { images: Image[]; onClose(): void }) {
  const [only] = images
  const what = images.length === 1 && only ? `“${nameOf(only)}”` : counted(images.length, 'image')
  return (
    <Confirm
      title={`Delete ${what}?`}
      action={`Delete ${counted(images.length, 'image')}`}
      act={() => perform({ done: 'Deleted', run: deleteImages }, images)}
      onClose={onClose}
    >
      <p>Their comments and feedback go with them. This can not be undone.</p>
    </Confirm>
  )
}
