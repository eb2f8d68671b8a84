import { addAbortSignal, Readable } from 'node:stream'
import { Dicer } from '@fastify/busboy'
import { Problem } from '../../errors.ts'
import { type Disposition, dispositionOf } from './content-disposition.ts'

const MAX_FIELDS = 60
const MAX_PARTS = MAX_FIELDS + 1
const MAX_HEADERS = 100

/** A part of a form, whose body may still be arriving. */
export interface FormPart extends Disposition {
  /** As the part declares it, in lower case. */
  contentType: string
  body: Readable
}

/** A part as the parser finds it. */
interface RawPart {
  /** The values for each name in lower case, octets as characters. */
  headers: Partial<Record<string, string[]>>
  body: Readable
}

/**
 * Yields the parts of a form while they arrive, of which at most one is a file. The caller must read the body of each before the next
 * one. Parts without the disposition `form-data` are skipped.
 * @param boundary between the parts, of at most 70 characters
 * @param signal ends the reading
 * @throws Problem `malformed_multipart`, `too_many_parts`, `too_many_fields`, `file_repeated`; the error of the parser; an AbortError
 */
export async function* formParts(form: Readable, boundary: string, signal: AbortSignal): AsyncGenerator<FormPart> {
  let [parts, fields, files] = [0, 0, 0]
  for await (const { headers, body } of addAbortSignal(signal, rawParts(form, boundary)) as AsyncIterable<RawPart>) {
    if (++parts > MAX_PARTS) throw new Problem('too_many_parts')
    const disposition = dispositionOf(headers['content-disposition']?.[0] ?? '')
    if (disposition) {
      const contentType = headers['content-type']?.[0]?.trim().toLowerCase() ?? 'text/plain'
      const fileName = disposition.fileName ?? (contentType === 'application/octet-stream' ? '' : undefined)
      if (fileName === undefined && ++fields > MAX_FIELDS) throw new Problem('too_many_fields')
      if (fileName !== undefined && ++files > 1) throw new Problem('file_repeated')
      yield { ...disposition, fileName, contentType, body: addAbortSignal(signal, body) }
    } else body.resume()
  }
}

/** Returns a stream of the parts of a form as the parser finds them. Destroying it stops the parser; `form` is left paused. */
function rawParts(form: Readable, boundary: string): Readable {
  const parser = new Dicer({ boundary, maxHeaderPairs: MAX_HEADERS })
  const parts = new Readable({ objectMode: true, read: () => undefined })
  let count = 0
  parser.on('part', (body: Readable) => {
    // A part that is cut off is an error of the parser as well.
    body.on('error', () => undefined)
    // The reader rejects a form with too many parts, so that faults are found in their order.
    if (++count > MAX_PARTS + 1) body.resume()
    else body.once('header', (headers: RawPart['headers']) => parts.push({ headers, body }))
  })
  parser.on('error', error => parts.destroy(error))
  parser.on('finish', () => parts.push(null))
  parts.on('close', () => form.unpipe(parser))
  form.pipe(parser)
  return parts
}
