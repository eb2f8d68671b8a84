import type { Deed } from '../event.ts'
import { Presence } from './presence.ts'
import { Stay } from './stay.ts'

/** Keeps the stays of the images in the window, and counts each once: an impression, or a view where the image was opened. */
export class Stays {
  readonly #report: (deed: Deed) => void
  readonly #presence = new Presence(() => this.update())
  readonly #stays = new Map<string, Stay>()
  /** The elements in the window, with the images that they show. */
  readonly #inWindow = new Map<Element, string>()
  /** The images that this page has shown, with their lists. */
  readonly #shown = new Set<string>()
  /** The elements in which an image was opened, until it is closed. */
  readonly #opened = new WeakMap<Element, string>()
  #path = ''
  #wasActive = true

  constructor(report: (deed: Deed) => void) {
    this.#report = report
    addEventListener('pageshow', ({ persisted }) => {
      // A page that comes back is another visit.
      if (persisted) this.#shown.clear()
    })
  }

  enter(element: Element, imageId: string): void {
    this.#inWindow.set(element, imageId)
  }

  leave(element: Element): void {
    this.#inWindow.delete(element)
  }

  /** The element is not rendered any more: when it is shown again, its image is opened again. */
  close(element: Element): void {
    this.#opened.delete(element)
  }

  stayOf(imageId: string): Stay | undefined {
    return this.#stays.get(imageId)
  }

  /** Begins and ends stays: those of elements in the window, except behind a modal dialog, while the tab is in front. */
  update(): void {
    const { isInFront, isActive } = this.#presence
    const modal = isInFront ? modalDialog() : null
    const seen = new Map<string, Element>()
    if (isInFront) {
      for (const [element, imageId] of this.#inWindow) {
        if (!modal || modal.contains(element)) seen.set(imageId, element)
      }
    }
    for (const [imageId, stay] of this.#stays) {
      if (seen.has(imageId)) continue
      stay.end()
      this.#stays.delete(imageId)
    }
    if (this.#wasActive !== isActive) for (const stay of this.#stays.values()) stay.measure(isActive)
    this.#wasActive = isActive
    for (const [imageId, element] of seen) {
      if (this.#stays.has(imageId)) continue
      const stay = new Stay(imageId, element, this.#report, () => this.#count(stay))
      stay.measure(isActive)
      this.#stays.set(imageId, stay)
    }
  }

  /** Counts an image that was seen. */
  #count({ element, imageId, place }: Stay): void {
    if (isOpened(element)) {
      if (this.#opened.get(element) !== imageId) this.#report({ type: 'view', imageId, ...place })
      this.#opened.set(element, imageId)
      return
    }
    // An app that changes the path shows another page.
    if (this.#path !== location.pathname) this.#shown.clear()
    this.#path = location.pathname
    const name = `${place.listId} ${imageId}`
    if (this.#shown.has(name)) return
    this.#shown.add(name)
    this.#report({ type: 'impression', imageId, ...place })
  }
}

/** Whether the image in an element was opened, rather than shown in a list: what is nearest around it decides. */
export function isOpened(element: Element): boolean {
  const around = element.closest('[data-glance-view],[data-glance-list],dialog,[role=dialog]')
  return around !== null && !around.matches('[data-glance-list]:not([data-glance-view])')
}

/** Returns the dialog that covers everything else. */
function modalDialog(): Element | undefined {
  return [...document.querySelectorAll('dialog:modal,[aria-modal=true]')].at(-1)
}
