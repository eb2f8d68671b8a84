/** Sends the events of the box until the service has acknowledged them. */
import type { SentEvent } from '../event.ts'
import { key, service } from '../settings.ts'
import { consequenceOf, pauseAfter } from './answer.ts'
import { events, put, save, take } from './box.ts'
import { bodyOf, firstBatch, without } from './outbox.ts'

const FULL = 100
const WAIT_MS = 5_000
/** No answer comes after so long. */
const PATIENCE_MS = 30_000

/** Without a header of its own, a request needs no preflight; and a beacon can have none. */
const url = `${service}/v1/events?key=${key}`
/** What was sent by a beacon. */
const beaconed = new Set<string>()
/** The events that wait for an answer. */
let open: SentEvent[] = []
let timer: number | undefined
/** No request before this time of the page. */
let quietUntil = 0
let failures = 0
let isRefused = false

export function deliver(event: SentEvent): void {
  put(event)
  wake()
}

/** Sends soon, or at once when there is enough for a request. */
export function wake(): void {
  if (events.length >= FULL) sendIn(0)
  else if (events[0] && timer === undefined) sendIn(WAIT_MS)
}

/** Sends at once: the connection is there again. */
export function retry(): void {
  quietUntil = 0
  sendIn(0)
}

/** Sends what is left, as the page may not come back. A beacon has no answer: what it sends stays in the box. */
export function leave(): void {
  save()
  let rest = without(events, open).filter(({ id }) => !beaconed.has(id))
  while (rest[0] && !isRefused) {
    const batch = firstBatch(rest)
    if (!navigator.sendBeacon(url, bodyOf(batch, Date.now()))) return
    for (const { id } of batch) beaconed.add(id)
    rest = without(rest, batch)
  }
}

function sendIn(wait: number): void {
  clearTimeout(timer)
  timer = setTimeout(send, Math.max(wait, quietUntil - performance.now()))
}

async function send(): Promise<void> {
  timer = undefined
  if (open[0] || isRefused || document.hidden) return
  open = firstBatch(events)
  if (!open[0]) return
  const body = bodyOf(open, Date.now())
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const answer = await fetch(url, { method: 'POST', body, keepalive: true, signal }).catch(() => undefined)
  const consequence = consequenceOf(answer?.status)
  if (consequence === 'done') take(open)
  open = []
  isRefused = consequence === 'never'
  failures = consequence === 'later' ? failures + 1 : 0
  quietUntil = failures && performance.now() + pauseAfter(failures, answer?.headers.get('retry-after'))
  wake()
}
