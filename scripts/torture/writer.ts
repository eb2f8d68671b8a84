import { setTimeout as pause } from 'node:timers/promises'
import { uuidv7 } from 'uuidv7'
import { randomItem } from './random-item.ts'

const DAY_MS = 86_400_000
const TYPES = ['view', 'click', 'like', 'dislike', 'clear', 'save', 'unsave', 'rating', 'tag', 'untag'] as const
const REQUEST_TIMEOUT_MS = 6_000

/** An event as a client sends it. */
export interface SentEvent {
  id: string
  at: string
  imageId: string
  type: (typeof TYPES)[number]
  visitorId: string
  value?: number
  tag?: string
}

/** A service that receives requests, and the number of requests in progress. */
export interface Target {
  url: string
  ready(): boolean
  inFlight: number
}

/** What the writers sent, to be compared with the log. */
export interface History {
  /** Events that were answered with 202. */
  acknowledged: SentEvent[]
  sent: number
  requests: number
  failed: number
}

/**
 * Sends events until it is stopped: in batches of different sizes, shuffled, split, with duplicates and old events. Half of the failed
 * batches are sent again; the others are given up, as by clients that crash.
 */
export async function write(
  { targets, imageIds, key }: { targets: Target[]; imageIds: string[]; key: string },
  history: History,
  stop: AbortSignal,
): Promise<void> {
  const retries: SentEvent[][] = []
  while (!stop.aborted) {
    const old = history.acknowledged.slice(-500).filter(() => Math.random() < 0.02)
    const batch =
      retries.pop() ?? Array.from({ length: 1 + Math.floor(Math.random() * 60) }, () => randomEvent(imageIds))
    const target = randomItem(targets.filter(({ ready }) => ready()))
    if (!target) {
      await pause(20)
      retries.push(batch)
      continue
    }
    if (await send(target, shuffled([...batch, ...old, ...batch.slice(0, 3)]), key, history)) {
      history.acknowledged.push(...batch)
    } else if (Math.random() < 0.5) retries.push(...halves(batch))
    await pause(Math.random() * 30)
  }
}

async function send(target: Target, events: SentEvent[], key: string, history: History): Promise<boolean> {
  history.requests++
  history.sent += events.length
  target.inFlight++
  try {
    const response = await fetch(`${target.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const { rejectedCount } = (await response.json()) as { rejectedCount: number }
    if (response.status === 202 && rejectedCount > 0) throw new Error('an event was rejected: the harness is faulty')
    if (response.status === 202) return true
  } catch (error) {
    if ((error as Error).message.includes('harness')) throw error
  } finally {
    target.inFlight--
  }
  history.failed++
  return false
}

/** Returns an event; half of them are in the past days, where no other event marks the same bucket again. */
function randomEvent(imageIds: string[]): SentEvent {
  const at = new Date(Date.now() - (Math.random() < 0.5 ? 0 : Math.random() * 6 * DAY_MS)).toISOString()
  const type = randomItem(TYPES) ?? 'view'
  return {
    id: uuidv7().slice(0, 8) + Math.random().toString(36).slice(2),
    at,
    imageId: randomItem(imageIds) ?? '',
    type,
    visitorId: `v${Math.floor(Math.random() * 30)}`,
    ...(type === 'rating' ? { value: 1 + Math.floor(Math.random() * 5) } : {}),
    ...(type === 'tag' || type === 'untag' ? { tag: randomItem(['sea', 'sky', 'fog']) ?? 'sea' } : {}),
  }
}

function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map(item => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

function halves<Item>(items: Item[]): Item[][] {
  const half = Math.ceil(items.length / 2)
  return [items.slice(0, half), items.slice(half)].filter(part => part.length > 0)
}
