import type { Send } from '../requests/sender.ts'
import type { Image } from '../types.ts'
import { formOf, nameOf, type UploadFields } from './form.ts'
import { uploadResumably } from './resumable.ts'
import { bodySender, type OnProgress, type SendBody } from './send-body.ts'

/** Smaller files are sent again as a whole: an upload that can go on takes a request more. */
const RESUMABLE_BYTES = 4_000_000

/** What is known about an image that is uploaded, and how it is sent. */
export interface UploadOptions extends UploadFields {
  signal?: AbortSignal
  /** Is called while the file is sent. */
  onProgress?: OnProgress
}

interface Watching {
  signal: AbortSignal | undefined
  onProgress: OnProgress | undefined
}

/** Uploads images. */
export class Images {
  readonly #url: string
  readonly #fetch: typeof globalThis.fetch
  readonly #send: Send
  readonly #sendBody: SendBody

  constructor(url: string, fetch: typeof globalThis.fetch, send: Send) {
    this.#url = url
    this.#fetch = fetch
    this.#send = send
    this.#sendBody = bodySender(fetch)
  }

  /**
   * Uploads a file, and again when the service is busy or the connection breaks: a file of 4 MB or more goes on where it was.
   * @returns the image; when the account has uploaded these bytes before, the one from then, unchanged
   * @throws Problem; the reason of `signal` when it is aborted
   */
  async upload(file: Blob, { signal, onProgress, ...fields }: UploadOptions = {}): Promise<Image> {
    const watching = { signal, onProgress }
    // The tags of a resumable upload are separated by commas.
    const isResumable = file.size >= RESUMABLE_BYTES && !fields.tags?.some(tag => tag.includes(','))
    if (!isResumable) return this.#uploadAtOnce(file, fields, watching)
    const parts = { url: this.#url, fetch: this.#fetch, send: this.#send, sendBody: this.#sendBody }
    return uploadResumably(file, fields, { ...parts, ...watching })
  }

  async #uploadAtOnce(file: Blob, fields: UploadFields, { signal, onProgress }: Watching): Promise<Image> {
    const attempt = (headers: Record<string, string>) =>
      this.#sendBody({ method: 'POST', url: `${this.#url}/v1/images`, headers, signal }, formOf(file, fields), {
        total: async () => file.size + (await sizeOf(formOf(new Blob([], { type: file.type }), named(file, fields)))),
        onProgress,
      })
    // The service stores the same bytes once.
    const answer = await this.#send(attempt, { repeatable: true, signal })
    return (await answer.json()) as Image
  }
}

/** An empty file in its place gives the size of the form around it. */
function named(file: Blob, fields: UploadFields): UploadFields {
  return { ...fields, fileName: nameOf(file, fields) }
}

async function sizeOf(form: FormData): Promise<number> {
  return (await new Response(form).arrayBuffer()).byteLength
}
