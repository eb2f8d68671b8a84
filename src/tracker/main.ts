/** The tracker: counts how visitors of a page look at the images in it. docs/tracker.md describes it. */
import { settingsOf } from './settings.ts'
import { Tracker } from './tracker.ts'

const script = document.currentScript as HTMLScriptElement | null
const settings = script && settingsOf(script)

// A page that has the script twice counts once.
if (settings && !window.glance) {
  const tracker = new Tracker(settings)
  window.glance = {
    track: (type, event) => tracker.report({ ...event, type }),
    view: (imageId, details) => tracker.report({ ...details, type: 'view', imageId }),
    zoom: (imageId, scale, details) => tracker.report({ ...details, type: 'zoom', imageId, scale }),
    watch: root => tracker.watch(root),
    optOut: () => tracker.optOut(),
    optIn: () => tracker.optIn(),
  }
  tracker.begin()
}
