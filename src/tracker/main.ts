/** The tracker: counts how visitors of a page look at the images in it. docs/tracker.md describes it. */
import type { Glance } from './glance.d.ts'
import { report } from './report.ts'
import { key } from './settings.ts'
import { begin, optIn, optOut, watch } from './tracker.ts'

const page = window as { glance?: Glance }
// A page that has the script twice counts once.
if (key && !page.glance) {
  page.glance = {
    track: (type, event) => report({ ...event, type }),
    view: (imageId, details) => report({ ...details, type: 'view', imageId }),
    zoom: (imageId, scale, details) => report({ ...details, type: 'zoom', imageId, scale }),
    watch,
    optOut,
    optIn,
  }
  begin()
}
