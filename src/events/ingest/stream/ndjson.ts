import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { Problem } from '../../../errors.ts'
import { Unreadable } from '../intake.ts'

const NEWLINE = 10
const MAX_LINE_BYTES = 65_536
const KEPT_BYTES_OF_LONG_LINE = 4_096

/** When reading a stream is given up. */
export interface Patience {
  /** How long the sender may send nothing, in ms. */
  silence: number
  /** Aborted when the service shuts down. */
  ending: AbortSignal
}

/**
 * Yields the lines of newline-delimited JSON as they arrive, in batches: each line's value, `undefined` for an empty line,
 * `Unreadable` for one that is too long or not JSON. Holds at most one chunk and one line in memory.
 * @throws Problem `request_timeout` when the sender sends nothing for too long, `unavailable` when the service shuts down; the answer
 *   closes the connection, and the stream is not destroyed before
 */
export async function* ndjson(stream: Readable, patience: Patience): AsyncGenerator<unknown[]> {
  let begun: Buffer[] = []
  let length = 0
  for await (const chunk of patiently(stream, patience)) {
    const values: unknown[] = []
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      // Blank lines take another way: a sender may send millions.
      if (length + end > from) {
        begun.push(chunk.subarray(from, end))
        values.push(parseLine(begun, length + end - from))
        begun = []
        length = 0
      } else values.push(undefined)
      from = end + 1
    }
    if (length <= MAX_LINE_BYTES) begun.push(chunk.subarray(from))
    length += chunk.length - from
    if (values.length > 0) yield values
  }
  if (length > 0) yield [parseLine(begun, length)]
}

/** Yields the chunks of a stream. The consumer's own time does not count as silence. Ending early does not destroy the stream. */
async function* patiently(stream: Readable, patience: Patience): AsyncGenerator<Buffer> {
  const chunks = stream.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      const { done, value } = await inTime(chunks.next(), patience)
      if (done) return
      yield value
    }
  } finally {
    // Not awaited: it resolves after the next chunk, which may never arrive.
    void chunks.return?.()
  }
}

function inTime<Chunk>(chunk: Promise<Chunk>, { silence, ending }: Patience): Promise<Chunk> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(silenceTimeout(silence)), silence)
    const stop = () => reject(shuttingDown())
    if (ending.aborted) stop()
    ending.addEventListener('abort', stop)
    const settle = () => {
      clearTimeout(timer)
      ending.removeEventListener('abort', stop)
    }
    chunk.then(resolve, reject).finally(settle)
  })
}

// The rest of the body is not read after these, so the connection must close.

function silenceTimeout(silence: number): Problem {
  return new Problem('request_timeout', {
    detail: `the stream sent nothing for ${silence} ms`,
    headers: { connection: 'close' },
  })
}

function shuttingDown(): Problem {
  return new Problem('unavailable', { detail: 'shutting down', headers: { connection: 'close', 'retry-after': '2' } })
}

function parseLine(parts: Buffer[], length: number): unknown {
  if (length > MAX_LINE_BYTES) {
    const start = Buffer.concat(parts).toString('utf8', 0, KEPT_BYTES_OF_LONG_LINE)
    return new Unreadable(start, `is longer than ${MAX_LINE_BYTES} bytes`)
  }
  const [only] = parts
  const bytes = parts.length === 1 && only ? only : Buffer.concat(parts)
  const text = bytes.toString('utf8').trim()
  if (text === '') return undefined
  // Decoding replaces invalid bytes by U+FFFD, which would store another text than was sent.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return new Unreadable(text, 'is not UTF-8')
  try {
    return JSON.parse(text)
  } catch (error) {
    return new Unreadable(text, (error as Error).message)
  }
}
