/** The stays of the images in the window. Each counts once: as an impression, or as a view where the image was opened. */
import { report } from '../report.ts'
import { listen } from './listen.ts'
import { isOpened } from './opened.ts'
import { placeOf } from './place.ts'
import { watchPresence } from './presence.ts'
import { createStay, type Stay } from './stay.ts'

export const stays = new Map<string, Stay>()
/** The elements in the window, with the images that they show. */
export const inWindow = new Map<Element, string>()
/** The elements in which an image was opened. One that is not rendered any more is removed: it is opened again when it is shown. */
export const opened = new WeakMap<Element, string>()
/** The images that this page has shown, with their lists. */
const shown = new Set<string>()
let path = ''

/** Begins and ends stays: those of elements in the window, except behind a modal dialog, while the tab is in front. */
export function updateStays(): void {
  const seen = new Map<string, Element>()
  if (!document.hidden) {
    const modal = [...document.querySelectorAll('dialog:modal,[aria-modal=true]')].at(-1)
    for (const [element, imageId] of inWindow) if (!modal || modal.contains(element)) seen.set(imageId, element)
  }
  for (const [imageId, stay] of stays) {
    if (seen.has(imageId)) continue
    stay.end()
    stays.delete(imageId)
  }
  for (const [imageId, element] of seen) {
    if (!stays.has(imageId))
      stays.set(
        imageId,
        createStay(imageId, element, () => count(imageId, element)),
      )
    stays.get(imageId)?.measure()
  }
}

/** Counts an image that was seen. */
function count(imageId: string, element: Element): void {
  const place = placeOf(element, imageId)
  if (isOpened(element)) {
    if (opened.get(element) !== imageId) report({ type: 'view', ...place })
    opened.set(element, imageId)
    return
  }
  // An app that changes the path shows another page.
  if (path !== location.pathname) shown.clear()
  path = location.pathname
  const name = `${place.listId} ${imageId}`
  if (!shown.has(name)) report({ type: 'impression', ...place })
  shown.add(name)
}

export function watchStays(): void {
  watchPresence(updateStays)
  // A page that is left and comes back is another visit.
  listen(window, 'pagehide', () => shown.clear())
}
