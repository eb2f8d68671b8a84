import type { Deed } from '../event.ts'
import { imageAt, imageOfEvent } from './image-of.ts'
import { placeOf } from './place.ts'

/** Counts what is clicked on: a download, a share, or else the image. */
export class Clicks {
  readonly #report: (deed: Deed) => void
  /** A click in a shadow root that is watched reaches the document, too. */
  readonly #counted = new WeakSet<Event>()

  constructor(report: (deed: Deed) => void) {
    this.#report = report
  }

  watch(root: Document | ShadowRoot): void {
    root.addEventListener('click', event => this.#count(event), { capture: true, passive: true })
    // The middle button opens a link in another tab.
    root.addEventListener('auxclick', event => (event as MouseEvent).button === 1 && this.#count(event), {
      capture: true,
      passive: true,
    })
  }

  #count(event: Event): void {
    const deed = deedOf(event)
    if (!deed || this.#counted.has(event)) return
    this.#counted.add(event)
    this.#report(deed)
  }
}

function deedOf(event: Event): Deed | undefined {
  const image = imageOfEvent(event)
  for (const target of event.composedPath()) {
    if (!(target instanceof HTMLElement)) continue
    const { glanceDownload, glanceShare } = target.dataset
    const type =
      glanceShare !== undefined ? 'share' : glanceDownload !== undefined || isDownload(target) ? 'download' : undefined
    const imageId =
      glanceDownload || glanceShare || (target instanceof HTMLAnchorElement && imageAt(target.href)) || image?.imageId
    if (type && imageId) return { type, imageId }
  }
  return image && { type: 'click', imageId: image.imageId, ...placeOf(image.element, image.imageId) }
}

function isDownload(element: HTMLElement): boolean {
  return element instanceof HTMLAnchorElement && element.hasAttribute('download')
}
