/**
 * Finds the images in documents and shadow roots, also those that come later, and tells which are in the window. What is measured comes
 * from the observer, so that no layout is forced.
 */
import { CANDIDATES, imageOf } from './image-of.ts'
import { listen } from './listen.ts'
import { isOpened } from './opened.ts'
import { inWindow, opened, stays, updateStays } from './stays.ts'

const HALF = 0.5
/** Enough steps to see when an image that is larger than the window fills half of it. */
const THRESHOLDS = [0, 0.1, 0.2, 0.3, 0.4, HALF]
const ATTRIBUTES = ['src', 'srcset', 'data-glance-image', 'open']
const SCROLL_PAUSE_MS = 200

const images = new WeakMap<Element, string>()
/** The elements of which it matters how much has been seen: they are opened, or do not fit into the window. */
const deep = new Set<Element>()
const sights = new IntersectionObserver(see, { threshold: THRESHOLDS })
const changes = new MutationObserver(change)
let scrollTimer: number | undefined

export function watchSightings(root: Document | ShadowRoot): void {
  changes.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ATTRIBUTES })
  listen(root, 'load', load)
  listen(root, 'scroll', scroll)
  search(root)
}

function load({ target }: Event): void {
  if (!(target instanceof Element)) return
  look(target)
  updateStays()
}

/** Looks at an element anew: whether it shows an image, which one, and where. */
function look(element: Element): void {
  const imageId = imageOf(element)
  const known = images.get(element)
  if (known) sights.unobserve(element)
  if (imageId !== known) inWindow.delete(element)
  images.delete(element)
  if (!imageId) return
  images.set(element, imageId)
  sights.observe(element)
}

function search(root: ParentNode): void {
  root.querySelectorAll(CANDIDATES).forEach(look)
}

function change(records: MutationRecord[]): void {
  for (const { attributeName, target, addedNodes } of records) {
    if (attributeName && (target as Element).matches(CANDIDATES)) look(target as Element)
    for (const node of addedNodes) {
      if (!(node instanceof Element)) continue
      if (node.matches(CANDIDATES)) look(node)
      search(node)
    }
  }
  updateStays()
}

function see(entries: IntersectionObserverEntry[]): void {
  for (const entry of entries) {
    const { target, boundingClientRect: box, intersectionRect: part, intersectionRatio: ratio, rootBounds } = entry
    const imageId = images.get(target)
    if (!imageId) continue
    const { height = Number.POSITIVE_INFINITY } = rootBounds ?? {}
    if (part.height > 0 && (box.height > height || isOpened(target))) deep.add(target)
    if (deep.has(target)) stays.get(target)?.deepen(depthOf(entry))
    if (part.height === 0) deep.delete(target)
    // What is larger than the window is seen when it fills half of it. Where an element is not rendered, all heights are 0.
    if ((ratio >= HALF || part.height > height * HALF) && isLoaded(target)) inWindow.set(target, imageId)
    else inWindow.delete(target)
    if (box.height === 0) opened.delete(target)
  }
  updateStays()
}

/** Measures deep images anew by the observer, which does so when the browser has a layout. */
function scroll(): void {
  for (const element of deep) stays.get(element)?.scroll()
  clearTimeout(scrollTimer)
  scrollTimer = setTimeout(() => deep.forEach(look), SCROLL_PAUSE_MS)
}

/** Returns how much of an image the reader has come to, from 0 to 1: all of it, when it is above the window. */
function depthOf({ boundingClientRect: box, intersectionRect: part }: IntersectionObserverEntry): number {
  return part.height > 0 ? Math.min(1, (part.bottom - box.top) / box.height) : Number(box.top < 0)
}

/** Whether there is something to see: a picture that has not come yet is none. */
function isLoaded(element: Element): boolean {
  return (element as HTMLImageElement).naturalWidth !== 0
}
