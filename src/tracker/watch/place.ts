import { CANDIDATES, imageOf } from './image-of.ts'

/** An image, and where it is: its list, and its position in it, from 0. */
export interface Place {
  imageId: string
  listId?: string
  position?: number
}

/**
 * Returns where an element is: in the innermost element with `data-glance-list`. An image that a list shows twice has its first
 * position.
 */
export function placeOf(element: Element, imageId: string): Place {
  const list = element.closest<HTMLElement>('[data-glance-list]')
  const listId = list?.dataset.glanceList
  if (!list || !listId) return { imageId }
  const ids = new Set([...list.querySelectorAll(CANDIDATES)].map(imageOf))
  ids.delete(undefined)
  return { imageId, listId, position: [...ids].indexOf(imageId) }
}
