import { setTimeout as pause } from 'node:timers/promises'
import { uuidv7 } from 'uuidv7'
import { oneOf } from './one-of.ts'

const DAY = 86_400_000
const TYPES = ['view', 'click', 'like', 'dislike', 'clear', 'save', 'unsave', 'rating', 'tag', 'untag'] as const
const PATIENCE = 6_000

export interface Sent {
  id: string
  at: string
  imageId: string
  type: (typeof TYPES)[number]
  visitorId: string
  value?: number
  tag?: string
}

/** Where requests go, and how many are under way there. */
export interface Target {
  url: string
  ready(): boolean
  inFlight: number
}

/** What a writer did, to be held against the log. */
export interface History {
  /** Events that were answered with 202. */
  acknowledged: Sent[]
  sent: number
  requests: number
  failed: number
}

/**
 * Sends events until told to stop: in batches of any size, shuffled, split, some twice, old ones again. Of what failed, half is
 * sent again and half is given up, as clients do that die themselves.
 */
export async function write(
  { targets, imageIds, key }: { targets: Target[]; imageIds: string[]; key: string },
  history: History,
  stop: AbortSignal,
): Promise<void> {
  const again: Sent[][] = []
  while (!stop.aborted) {
    const old = history.acknowledged.slice(-500).filter(() => Math.random() < 0.02)
    const batch = again.pop() ?? Array.from({ length: 1 + Math.floor(Math.random() * 60) }, () => anEvent(imageIds))
    const target = oneOf(targets.filter(({ ready }) => ready()))
    if (!target) {
      await pause(20)
      again.push(batch)
      continue
    }
    if (await send(target, shuffled([...batch, ...old, ...batch.slice(0, 3)]), key, history)) {
      history.acknowledged.push(...batch)
    } else if (Math.random() < 0.5) again.push(...halves(batch))
    await pause(Math.random() * 30)
  }
}

async function send(target: Target, events: Sent[], key: string, history: History): Promise<boolean> {
  history.requests++
  history.sent += events.length
  target.inFlight++
  try {
    const response = await fetch(`${target.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(PATIENCE),
    })
    const { rejectedCount } = (await response.json()) as { rejectedCount: number }
    if (response.status === 202 && rejectedCount > 0) throw new Error('an event was rejected: the harness is wrong')
    if (response.status === 202) return true
  } catch (error) {
    if ((error as Error).message.includes('harness')) throw error
  } finally {
    target.inFlight--
  }
  history.failed++
  return false
}

/** Half of them now, half somewhere in the last days, where nobody else comes by to mark the bucket again. */
function anEvent(imageIds: string[]): Sent {
  const at = new Date(Date.now() - (Math.random() < 0.5 ? 0 : Math.random() * 6 * DAY)).toISOString()
  const type = oneOf(TYPES) ?? 'view'
  return {
    id: uuidv7().slice(0, 8) + Math.random().toString(36).slice(2),
    at,
    imageId: oneOf(imageIds) ?? '',
    type,
    visitorId: `v${Math.floor(Math.random() * 30)}`,
    ...(type === 'rating' ? { value: 1 + Math.floor(Math.random() * 5) } : {}),
    ...(type === 'tag' || type === 'untag' ? { tag: oneOf(['sea', 'sky', 'fog']) ?? 'sea' } : {}),
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
