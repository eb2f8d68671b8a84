import { signal } from '@preact/signals'
import type { Image } from '../../../api/types.ts'
import { counted } from '../../../format/words.ts'
import { toast } from '../../../ui/feedback/toast.tsx'
import type { Refusal } from './change-images.ts'

/** What is done to the selected images. */
export interface Act {
  /** What has been done then, as in "Deleted". */
  done: string
  /** @returns the images that were refused it */
  run(images: Image[]): Promise<Refusal[]>
}

/** What the last act was refused for, until it is read. */
export const refused = signal<{ act: Act; refusals: Refusal[] } | null>(null)

/** Does something to images, and says what has become of it. */
export async function perform(act: Act, images: Image[]): Promise<void> {
  refused.value = null
  const refusals = await act.run(images)
  const count = images.length - refusals.length
  if (count > 0) toast(`${act.done}: ${counted(count, 'image')}.`)
  if (refusals.length > 0) refused.value = { act, refusals }
}
