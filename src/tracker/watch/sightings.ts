import { CANDIDATES, imageOf } from './image-of.ts'
import { isOpened, type Stays } from './stays.ts'

const HALF = 0.5
/** Enough steps to see when an image that is larger than the window fills half of it. */
const THRESHOLDS = [0, 0.05, 0.1, 0.2, 0.3, 0.4, HALF, 1]
const ATTRIBUTES = ['src', 'srcset', 'data-glance-image', 'open', 'aria-modal']
/** A pause in which the browser has nothing else to do. */
const SCROLL_PAUSE_MS = 200

/**
 * Finds the images in documents and shadow roots, also those that come later, and tells which are in the window. What is measured comes
 * from the observer, so that no layout is forced.
 */
export class Sightings {
  readonly #stays: Stays
  readonly #roots = new WeakSet<Node>()
  readonly #images = new WeakMap<Element, string>()
  readonly #sights = new IntersectionObserver(entries => this.#see(entries), { threshold: THRESHOLDS })
  readonly #changes = new MutationObserver(records => this.#change(records))
  /** The elements whose depth is measured. */
  readonly #deep = new Set<Element>()
  #scrollTimer: number | undefined

  constructor(stays: Stays) {
    this.#stays = stays
  }

  watch(root: Document | ShadowRoot): void {
    if (this.#roots.has(root)) return
    this.#roots.add(root)
    this.#changes.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ATTRIBUTES })
    root.addEventListener('load', ({ target }) => this.#look(target as Element), { capture: true, passive: true })
    root.addEventListener('scroll', () => this.#scroll(), { capture: true, passive: true })
    this.#search(root)
  }

  #search(root: ParentNode): void {
    for (const element of root.querySelectorAll(CANDIDATES)) this.#look(element)
  }

  /** Looks at an element anew: whether it shows an image, which one, and where. */
  #look(element: Element): void {
    const imageId = imageOf(element)
    if (this.#images.has(element)) this.#sights.unobserve(element)
    if (imageId !== this.#images.get(element)) this.#stays.leave(element)
    if (imageId === undefined) return void this.#images.delete(element)
    this.#images.set(element, imageId)
    this.#sights.observe(element)
  }

  #change(records: MutationRecord[]): void {
    for (const { type, target, addedNodes } of records) {
      if (type === 'attributes') {
        if ((target as Element).matches(CANDIDATES)) this.#look(target as Element)
        continue
      }
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue
        if (node.matches(CANDIDATES)) this.#look(node)
        this.#search(node)
      }
    }
    this.#stays.update()
  }

  #see(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const { target, boundingClientRect: box } = entry
      const imageId = this.#images.get(target)
      if (imageId === undefined) continue
      this.#deepen(entry, imageId)
      if (isHalfSeen(entry) && isLoaded(target)) this.#stays.enter(target, imageId)
      else this.#stays.leave(target)
      if (box.height === 0) this.#stays.close(target)
      if (!target.isConnected) this.#forget(target)
    }
    this.#stays.update()
  }

  #forget(element: Element): void {
    this.#sights.unobserve(element)
    this.#images.delete(element)
    this.#deep.delete(element)
  }

  /** Notes how much of an image has been seen, if it is opened or does not fit into the window. */
  #deepen(
    { target, boundingClientRect: box, intersectionRect: part, rootBounds: root }: IntersectionObserverEntry,
    imageId: string,
  ) {
    const isDeep = part.height > 0 && (isOpened(target) || box.height > (root?.height ?? 0))
    if (isDeep) this.#deep.add(target)
    const stay = this.#stays.stayOf(imageId)
    if (stay && this.#deep.has(target)) {
      const end = part.height > 0 ? part.bottom : box.bottom <= (root?.top ?? 0) ? box.bottom : box.top
      stay.depth = Math.max(stay.depth, Math.min(1, Math.round(((end - box.top) / box.height) * 100) / 100))
    }
    if (part.height === 0) this.#deep.delete(target)
  }

  /** Observes deep images anew once nothing scrolls: the observer measures them, when the browser has a layout. */
  #scroll(): void {
    for (const element of this.#deep) {
      const stay = this.#stays.stayOf(this.#images.get(element) ?? '')
      if (stay) stay.isScrolled = true
    }
    this.#scrollTimer ??= setTimeout(() => {
      this.#scrollTimer = undefined
      for (const element of this.#deep) this.#look(element)
    }, SCROLL_PAUSE_MS)
  }
}

/** Whether half of an element is in the window, or it fills half of the window. */
function isHalfSeen({ intersectionRatio, intersectionRect, rootBounds }: IntersectionObserverEntry): boolean {
  return intersectionRatio >= HALF || (rootBounds !== null && intersectionRect.height >= rootBounds.height * HALF)
}

/** Whether there is something to see: a picture that has not come yet is none. */
function isLoaded(element: Element): boolean {
  return !(element instanceof HTMLImageElement) || (element.complete && element.naturalWidth > 0)
}
