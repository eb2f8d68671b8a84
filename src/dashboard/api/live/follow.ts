import { Problem } from '../problem.ts'
import { readEvents } from './read-events.ts'

const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 60_000

interface Following {
  /** The last event that is known. */
  lastEventId: string | undefined
  /** Called with the id of each event. */
  onEvent(id: string | undefined): void
  /** Called when the events begin to come, and when they do not any more. */
  onState(isOpen: boolean): void
}

/**
 * Follows server-sent events, and connects again when the connection is lost. It gives up when the account may not see them.
 * @returns a function that ends it
 */
export function follow(path: string, { lastEventId, onEvent, onState }: Following): () => void {
  const left = new AbortController()
  const { signal } = left
  let known = lastEventId
  void goOn()
  return () => left.abort()

  async function goOn(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const isRefused = await readUntilEnd(() => {
        failures = 0
      })
      if (signal.aborted) return
      onState(false)
      if (isRefused) return
      await wait(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures), signal)
    }
  }

  /** @returns whether the service will not answer otherwise later */
  async function readUntilEnd(opened: () => void): Promise<boolean> {
    try {
      await readEvents(path, {
        lastEventId: known,
        signal,
        onOpen() {
          opened()
          onState(true)
        },
        onEvent({ id }) {
          known = id
          onEvent(id)
        },
      })
      return false
    } catch (error) {
      return error instanceof Problem && [401, 403, 404].includes(error.status)
    }
  }
}

/** Waits for so long, in ms, or up to twice as long: many pages lose their connections at the same time. */
function wait(time: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, time * (1 + Math.random()))
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
