import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { Problem } from '../../errors.ts'
import { Unreadable } from './intake.ts'

const NEWLINE = 10
const LONGEST_LINE = 65_536
const KEPT_OF_A_LONG_LINE = 4_096

/** When a stream is given up that has not ended. */
export interface Patience {
  /** How long its sender may be silent, in ms. */
  silence: number
  /** Aborted when the service ends. */
  ending: AbortSignal
}

/**
 * The lines of newline-delimited JSON as they come, some at a time: each line's value, `undefined` for an empty line,
 * Unreadable for one that is too long or no JSON. Holds no more than a chunk and a line.
 * @throws Problem `request_timeout` when the sender falls silent, `unavailable` when the service ends; its answer closes the
 *   connection, whose stream is left whole until then
 */
export async function* ndjson(stream: Readable, patience: Patience): AsyncGenerator<unknown[]> {
  let begun: Buffer[] = []
  let length = 0
  for await (const chunk of patiently(stream, patience)) {
    const values: unknown[] = []
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      begun.push(chunk.subarray(from, end))
      values.push(parseLine(begun, length + end - from))
      begun = []
      length = 0
      from = end + 1
    }
    if (length <= LONGEST_LINE) begun.push(chunk.subarray(from))
    length += chunk.length - from
    if (values.length > 0) yield values
  }
  if (length > 0) yield [parseLine(begun, length)]
}

/** The chunks of a stream; the time that the reader takes for them does not count. Who leaves early leaves the stream whole. */
async function* patiently(stream: Readable, patience: Patience): AsyncGenerator<Buffer> {
  const chunks = stream.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      const { done, value } = await inTime(chunks.next(), patience)
      if (done) return
      yield value
    }
  } finally {
    // Not waited for: it stands behind the chunk, which may never come.
    void chunks.return?.()
  }
}

function inTime<Chunk>(chunk: Promise<Chunk>, { silence, ending }: Patience): Promise<Chunk> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(fellSilent(silence)), silence)
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

// What is still to come after these is not read, so that nothing else can follow on the connection.

function fellSilent(silence: number): Problem {
  return new Problem('request_timeout', { detail: `nothing came for ${silence} ms`, headers: { connection: 'close' } })
}

function shuttingDown(): Problem {
  return new Problem('unavailable', { detail: 'shutting down', headers: { connection: 'close', 'retry-after': '2' } })
}

function parseLine(parts: Buffer[], length: number): unknown {
  if (length > LONGEST_LINE) {
    const start = Buffer.concat(parts).toString('utf8', 0, KEPT_OF_A_LONG_LINE)
    return new Unreadable(start, `is longer than ${LONGEST_LINE} bytes`)
  }
  const [only] = parts
  const bytes = parts.length === 1 && only ? only : Buffer.concat(parts)
  const text = bytes.toString('utf8').trim()
  if (text === '') return undefined
  // Decoding puts U+FFFD for what is no UTF-8: that would be another text than was sent.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return new Unreadable(text, 'is not UTF-8')
  try {
    return JSON.parse(text)
  } catch (error) {
    return new Unreadable(text, (error as Error).message)
  }
}
