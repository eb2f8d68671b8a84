import { useLocation } from 'preact-iso'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import type { Image } from '../../../api/types.ts'
import { nameOf } from '../../../ui/data/picture.tsx'
import { Confirm } from '../../../ui/feedback/confirm.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'

/** Asks whether to delete an image, then goes back to the library. */
export function Delete({ image, onClose }: { image: Image; onClose(): void }) {
  const { route } = useLocation()
  async function act() {
    await ask('DELETE', image.links.self)
    toast('The image is deleted.')
    route('/dashboard/', true)
    // Only lists: the image itself can not be read any more.
    await outdate(['/v1/images?', '/v1/stats/', '/v1/users/me/'])
  }
  return (
    <Confirm title="Delete this image?" action="Delete" act={act} onClose={onClose}>
      “{nameOf(image)}” is deleted with its feedback and comments. This can not be undone.
    </Confirm>
  )
}
