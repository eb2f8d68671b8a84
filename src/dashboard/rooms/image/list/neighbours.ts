import { useQueryClient } from '@tanstack/preact-query'
import { useEffect } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { useAnswer } from '../../../api/answers.ts'
import type { Image, Page } from '../../../api/types.ts'
import { listBehind } from './list-behind.ts'

/** The images beside one in the list that the reader came from. */
export interface Neighbours {
  previous: Image | undefined
  next: Image | undefined
  /** Opens one in place of the present one: the back button leads to the list. */
  open(image: Image): void
}

/** The next page is read when so few images are left. */
const FEW = 5
/** What uses the arrow keys itself. */
const USES_ARROWS = 'input, textarea, select, [tabindex="0"]:not([data-stage]), dialog:not(:has([data-stage]))'

/** Returns the images beside one, which the arrow keys open, and what the list knows of the image itself. */
export function useNeighbours(id: string): { neighbours: Neighbours; listed: Image | undefined } {
  const { route } = useLocation()
  const { images, following } = listBehind(id, useQueryClient())
  const index = images.findIndex(image => image.id === id)
  const isNearEnd = index >= 0 && following !== undefined && images.length - index <= FEW
  // Once it is there, the room is rendered again, and the list is longer.
  useAnswer<Page<Image>>({ path: following ?? '' }, { enabled: isNearEnd })
  const [previous, next] = index < 0 ? [] : [images[index - 1], images[index + 1]]
  const open = (image: Image) => route(`/dashboard/images/${image.id}${location.search}`, true)
  useArrowKeys(previous && (() => open(previous)), next && (() => open(next)))
  return { neighbours: { previous, next, open }, listed: images[index] }
}

function useArrowKeys(onLeft: (() => void) | undefined, onRight: (() => void) | undefined) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { key, target, altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event
      if (defaultPrevented || altKey || ctrlKey || metaKey || shiftKey) return
      if (target instanceof Element && target.closest(USES_ARROWS)) return
      if (key === 'ArrowLeft') onLeft?.()
      if (key === 'ArrowRight') onRight?.()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  })
}
