import { createHash } from 'node:crypto'
import type { S3Request } from './s3-request.ts'
import type { Draft } from './store.ts'

/** Size of an uploaded part, which is held in memory. S3 takes up to 10,000 parts, of 5 MiB or more. */
const PART_BYTES = 8_388_608

interface Part {
  number: number
  etag: string
  sha256: string
}

type Send = (request: S3Request) => Promise<Response>

/**
 * An object that is uploaded in parts, or at once if it is small. S3 shows it when the upload is completed; of a killed process parts stay
 * that nobody sees, which a rule of the bucket for incomplete uploads removes.
 */
export class S3Draft implements Draft {
  readonly #send: Send
  readonly #parts: Part[] = []
  #upload: string | undefined
  #waiting: Uint8Array[] = []
  #length = 0

  constructor(send: Send) {
    this.#send = send
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes)
    this.#length += bytes.length
    if (this.#length < PART_BYTES) return
    const all = Buffer.concat(this.#waiting)
    let sent = 0
    for (; all.length - sent >= PART_BYTES; sent += PART_BYTES)
      await this.#sendPart(all.subarray(sent, sent + PART_BYTES))
    this.#waiting = [all.subarray(sent)]
    this.#length = all.length - sent
  }

  async commit(): Promise<void> {
    const rest = Buffer.concat(this.#waiting)
    if (this.#upload === undefined) {
      await found(this.#send({ method: 'PUT', body: rest }))
      return
    }
    if (rest.length > 0) await this.#sendPart(rest)
    const query = `uploadId=${encodeURIComponent(this.#upload)}`
    const response = await found(this.#send({ method: 'POST', query, body: Buffer.from(completionOf(this.#parts)) }))
    // The answer begins before S3 knows whether the upload can be completed.
    const text = await response.text()
    if (text.includes('<Error>')) throw new Error(`an upload to S3 could not be completed: ${text}`)
  }

  async discard(): Promise<void> {
    this.#waiting = []
    if (this.#upload === undefined) return
    // Parts that stay are those of a killed process, too.
    await this.#send({ method: 'DELETE', query: `uploadId=${encodeURIComponent(this.#upload)}` }).catch(() => undefined)
  }

  async #sendPart(body: Uint8Array): Promise<void> {
    this.#upload ??= await this.#begin()
    const number = this.#parts.length + 1
    const query = `partNumber=${number}&uploadId=${encodeURIComponent(this.#upload)}`
    const response = await found(this.#send({ method: 'PUT', query, body }))
    const sha256 = createHash('sha256').update(body).digest('base64')
    this.#parts.push({ number, etag: response.headers.get('etag') ?? '', sha256 })
  }

  async #begin(): Promise<string> {
    const headers = { 'x-amz-checksum-algorithm': 'SHA256' }
    const response = await found(this.#send({ method: 'POST', query: 'uploads=', headers }))
    const [, id] = /<UploadId>([^<]+)/.exec(await response.text()) ?? []
    if (id === undefined) throw new Error('S3 began an upload without an id')
    return id
  }
}

function completionOf(parts: Part[]): string {
  const items = parts.map(
    ({ number, etag, sha256 }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag>` +
      `<ChecksumSHA256>${sha256}</ChecksumSHA256></Part>`,
  )
  return `<CompleteMultipartUpload>${items.join('')}</CompleteMultipartUpload>`
}

/** Returns an answer that is a success. @throws Error when there is no such bucket or upload */
async function found(sent: Promise<Response>): Promise<Response> {
  const response = await sent
  if (!response.ok) throw new Error(`S3 answers ${response.status}: there is no such bucket or upload`)
  return response
}
