/** The tracker as pages see it: `window.glance` is a `Glance`. docs/tracker.md says how apps in TypeScript use this file. */

/** What happened to an image. */
export type EventType = 'impression' | 'view' | 'click' | 'dwell' | 'scroll' | 'zoom' | 'download' | 'share'

/** Where an image was, and what the app says about it. */
export interface Details {
  /** Which list it was in. */
  listId?: string
  /** Its place in the list; the first one has 0. */
  position?: number
  /** For `dwell`: how long it was looked at, in ms. */
  durationMs?: number
  /** For `scroll`: how much of it has been seen, from 0 to 1. */
  depth?: number
  /** For `zoom`: how many times larger it was shown. */
  scale?: number
  /** Up to 10 facts of the app. Put no personal data into it. */
  context?: Record<string, string | number | boolean>
}

export interface Glance {
  /** Counts an event. */
  track(type: EventType, event: Details & { imageId: string }): void
  /** Counts that an image was opened, where the page does not show it in an element that the tracker finds. */
  view(imageId: string, details?: Details): void
  /** Counts that an image was zoomed. */
  zoom(imageId: string, scale: number, details?: Details): void
  /** Watches a shadow root, too. */
  watch(root: ShadowRoot): void
  /** Stops counting in this browser, for good, and removes what is stored in it. */
  optOut(): void
  /** Counts again after `optOut`. */
  optIn(): void
}
