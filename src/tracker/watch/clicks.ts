import type { Deed } from '../event.ts'
import { report } from '../report.ts'
import { imageAt, imageOfEvent } from './image-of.ts'
import { listen } from './listen.ts'
import { placeOf } from './place.ts'

/** Counts what is clicked on: a download, a share, or else the image. Clicks in open shadow roots reach the document. */
export function watchClicks(): void {
  listen(document, 'click', count)
  // The middle button opens a link in another tab.
  listen(document, 'auxclick', event => event.button === 1 && count(event))
}

function count(event: Event): void {
  const deed = deedOf(event)
  if (deed) report(deed)
}

function deedOf(event: Event): Deed | undefined {
  const image = imageOfEvent(event)
  for (const target of event.composedPath() as HTMLAnchorElement[]) {
    const { glanceDownload, glanceShare } = target.dataset ?? {}
    const link = target.matches?.('a[download]') ? imageAt(target.href) : undefined
    const imageId = glanceDownload || glanceShare || link || image?.imageId
    if (imageId && (glanceDownload ?? link) !== undefined) return { type: 'download', imageId }
    if (imageId && glanceShare !== undefined) return { type: 'share', imageId }
  }
  return image && { type: 'click', ...placeOf(image.element, image.imageId) }
}
