import type { Send } from '../requests/sender.ts'
import type { Image } from '../types.ts'
import { formOf, nameOf, type UploadFields } from './form.ts'
import { type OnProgress, postByBrowser, postInChunks } from './post-form.ts'

/** What is known about an image that is uploaded, and how it is sent. */
export interface UploadOptions extends UploadFields {
  signal?: AbortSignal
  /** Is called while the file is sent. */
  onProgress?: OnProgress
}

/** Uploads images. */
export class Images {
  readonly #url: string
  readonly #fetch: typeof globalThis.fetch
  readonly #send: Send

  constructor(url: string, fetch: typeof globalThis.fetch, send: Send) {
    this.#url = `${url}/v1/images`
    this.#fetch = fetch
    this.#send = send
  }

  /**
   * Uploads a file; again when the service is busy or the connection breaks.
   * @returns the image; when the account has uploaded these bytes before, the one from then, unchanged
   * @throws Problem; the reason of `signal` when it is aborted
   */
  async upload(file: Blob, { signal, onProgress, ...fields }: UploadOptions = {}): Promise<Image> {
    // The service stores the same bytes once.
    const answer = await this.#send(headers => this.#post(file, fields, headers, { signal, onProgress }), {
      repeatable: true,
      signal,
    })
    return (await answer.json()) as Image
  }

  async #post(
    file: Blob,
    fields: UploadFields,
    headers: Record<string, string>,
    { signal, onProgress }: { signal: AbortSignal | undefined; onProgress: OnProgress | undefined },
  ): Promise<Response> {
    const body = formOf(file, fields)
    const target = { url: this.#url, headers, signal }
    if (!onProgress) return this.#fetch(this.#url, { method: 'POST', headers, body, signal: signal ?? null })
    if ('XMLHttpRequest' in globalThis) return postByBrowser(target, body, onProgress)
    const overhead = await sizeOf(
      formOf(new Blob([], { type: file.type }), { ...fields, fileName: nameOf(file, fields) }),
    )
    return postInChunks(target, body, { fetch: this.#fetch, total: overhead + file.size, onProgress })
  }
}

async function sizeOf(form: FormData): Promise<number> {
  return (await new Response(form).arrayBuffer()).byteLength
}
