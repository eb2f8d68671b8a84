import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { asMe } from '../ask.ts'
import { offline } from '../problem.ts'
import { respond } from '../send.ts'

/** The service sends something every 15 s: a connection without it is dead. */
const SILENCE_MS = 45_000

interface Reading {
  lastEventId: string | undefined
  signal: AbortSignal
  onOpen(): void
  onEvent(event: EventSourceMessage): void
}

/**
 * Reads the server-sent events of a path as the account that is signed in, until the service ends the stream. Browsers' own EventSource
 * can not send an access token.
 * @throws Problem when the answer is an error, or nothing comes any more
 */
export async function readEvents(path: string, { lastEventId, signal, onOpen, onEvent }: Reading): Promise<void> {
  const response = await asMe(token => respond('GET', path, { token, signal, lastEventId }))
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) throw offline()
  onOpen()
  const parser = createParser({ onEvent })
  const cut = () => void reader.cancel(offline()).catch(() => undefined)
  for (;;) {
    const silence = setTimeout(cut, SILENCE_MS)
    try {
      const { done, value } = await reader.read()
      if (done) return
      parser.feed(value)
    } finally {
      clearTimeout(silence)
    }
  }
}
