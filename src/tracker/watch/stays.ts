/** The stays of the elements in the window. Each counts once: as an impression, or as a view where its image was opened. */
import { report } from '../report.ts'
import { listen } from './listen.ts'
import { isOpened } from './opened.ts'
import type { Place } from './place.ts'
import { isIdle, watchPresence } from './presence.ts'
import { createStay, type Stay } from './stay.ts'

export const stays = new Map<Element, Stay>()
/** The elements in the window, with the images that they show. */
export const inWindow = new Map<Element, string>()
/** The elements in which an image was opened. One that is not rendered any more is removed: it is opened again when it is shown. */
export const opened = new WeakMap<Element, string>()
/** The images that this page has shown, with their lists. */
const shown = new Set<string>()
let path = ''

/** Begins and ends stays: those of elements in the window, except behind a modal dialog, while the tab is in front. */
export function updateStays(): void {
  const modal = [...document.querySelectorAll('dialog:modal,[aria-modal=true]')].at(-1)
  const isSeen = (element: Element) => !document.hidden && inWindow.has(element) && (!modal || modal.contains(element))
  for (const element of inWindow.keys()) {
    if (element.isConnected) continue
    // The observer says nothing of an element that was removed.
    inWindow.delete(element)
    opened.delete(element)
  }
  for (const [element, stay] of stays) {
    if (isSeen(element)) continue
    stay.end()
    stays.delete(element)
  }
  /** The images whose time is measured: one that is seen twice is looked at once. */
  const measured = new Set<string>()
  for (const [element, imageId] of inWindow) {
    if (!isSeen(element)) continue
    if (!stays.has(element))
      stays.set(
        element,
        createStay(imageId, element, place => count(element, place)),
      )
    stays.get(element)?.measure(!isIdle && !measured.has(imageId))
    measured.add(imageId)
  }
}

/** Counts an image that was seen. */
function count(element: Element, place: Place): void {
  const { imageId, listId } = place
  if (isOpened(element)) {
    if (opened.get(element) !== imageId) report({ type: 'view', ...place })
    opened.set(element, imageId)
    return
  }
  // An app that changes the path shows another page.
  if (path !== location.pathname) shown.clear()
  path = location.pathname
  const name = `${listId} ${imageId}`
  if (!shown.has(name)) report({ type: 'impression', ...place })
  shown.add(name)
}

export function watchStays(): void {
  watchPresence(updateStays)
  // A page that is left and comes back is another visit.
  listen(window, 'pagehide', () => shown.clear())
}
