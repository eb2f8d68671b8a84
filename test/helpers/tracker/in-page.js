// @ts-nocheck It runs in a page: the type check of tests knows no DOM.

/** Returns how many events the pages of this browser keep, because they are not acknowledged. */
export function eventsKept() {
  const boxes = Object.entries(localStorage).filter(([name]) => name.startsWith('glance.box.'))
  return boxes.reduce((sum, [, text]) => sum + JSON.parse(text).length, 0)
}
