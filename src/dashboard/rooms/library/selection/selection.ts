import { computed, signal } from '@preact/signals'
import { me } from '../../../api/session.ts'
import type { Image } from '../../../api/types.ts'

/** The images that are selected, by their ids, in the order in which they were. */
export const selected = signal<ReadonlyMap<string, Image>>(new Map())

/** Whether a click selects from the first image on, where no pointer hovers. */
export const isChosen = signal(false)

/** Whether a click on an image selects it instead of opening it. */
export const isSelecting = computed(() => isChosen.value || selected.value.size > 0)

/** Selects an image, or no longer. */
export function toggle(image: Image): void {
  const next = new Map(selected.value)
  if (!next.delete(image.id)) next.set(image.id, image)
  selected.value = next
}

/** Selects further images. */
export function addAll(images: Image[]): void {
  selected.value = new Map([...selected.value, ...images.map(image => [image.id, image] as const)])
}

/** Selects these images only. */
export function select(images: Image[]): void {
  selected.value = new Map(images.map(image => [image.id, image]))
}

/** Ends the selection. */
export function endSelection(): void {
  selected.value = new Map()
  isChosen.value = false
}

/** Whether the account that is signed in may change or delete an image. */
export function mayChange({ ownerId }: Image): boolean {
  return me.value !== null && (me.value.id === ownerId || me.value.roles.includes('admin'))
}
