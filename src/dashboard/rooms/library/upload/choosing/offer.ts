import { me } from '../../../../api/session.ts'
import { counted } from '../../../../format/words.ts'
import { toast } from '../../../../ui/feedback/toast.tsx'
import { choose } from '../queue/uploads.ts'

/** Takes files that were chosen, dropped or pasted, and says which of them are no images. */
export function offer(files: File[]): void {
  if (me.value === null) {
    toast('Sign in to upload images.')
    return
  }
  const images = files.filter(({ type }) => type === '' || type.startsWith('image/'))
  if (images.length > 0) choose(images)
  const others = files.length - images.length
  if (others > 0) toast(`${counted(others, 'file')} left out: not ${others === 1 ? 'an image' : 'images'}.`)
}
