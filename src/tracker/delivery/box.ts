/**
 * The events of this page that are not acknowledged yet, also stored. The box of a page that is gone is taken over by the next one; two
 * pages that take the same one send the same ids.
 */
import type { SentEvent } from '../event.ts'
import { now } from './clock.ts'
import { recent, withEvents, without } from './outbox.ts'
import { ofBrowser, write } from './store.ts'
import { randomHex } from './uuid.ts'

const BOX = 'glance.box.'
/** What a browser that crashes loses. */
const SAVE_MS = 200

const own = BOX + randomHex()
const { locks } = navigator
let timer: number | undefined
let release: (() => void) | undefined

export let events: SentEvent[] = []

export function save(): void {
  clearTimeout(timer)
  timer = undefined
  if (events[0]) write(own, JSON.stringify(events))
  else delete ofBrowser[own]
}

export function put(event: SentEvent): void {
  events = withEvents(events, [event])
  timer ??= setTimeout(save, SAVE_MS)
}

export function take(done: SentEvent[]): void {
  events = without(events, done)
  save()
}

/** Removes the events of all pages. */
export function clear(): void {
  take(events)
  for (const name of boxes()) delete ofBrowser[name]
}

/** Says that this page is there, unless it does. */
export function holdBox(): void {
  if (release) return
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  locks?.request(own, () => held)
}

/** Says it no more, as the page is left: a browser keeps no page that holds a lock. */
export function releaseBox(): void {
  release?.()
  release = undefined
}

/** Takes over the boxes of pages that are gone. */
export async function adoptBoxes(): Promise<void> {
  for (const name of boxes()) {
    if (name === own) continue
    if (locks) await locks.request(name, { ifAvailable: true }, lock => lock && adopt(name))
    else adopt(name)
  }
}

/** Stores the events here before they are removed there, so that a page that dies meanwhile loses none. */
function adopt(name: string): void {
  try {
    const found: SentEvent[] = JSON.parse(ofBrowser[name] ?? '')
    events = withEvents(recent(found, now(), Date.now()), without(events, found))
    save()
  } catch {
    // What is not ours is dropped.
  }
  delete ofBrowser[name]
}

function boxes(): string[] {
  return Object.keys(ofBrowser).filter(name => name.startsWith(BOX))
}
