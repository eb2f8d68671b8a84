import { me } from '../../api/session.ts'
import type { Image } from '../../api/types.ts'
import { mayAs } from '../../shell/rooms.ts'

/** Whether the account that is signed in may change or delete an image. */
export function mayChange({ ownerId }: Pick<Image, 'ownerId'>): boolean {
  return me.value?.id === ownerId || mayAs('admin', me.value)
}
