/** How much of a form has been sent, in bytes. */
export interface Progress {
  sent: number
  total: number
}

export type OnProgress = (progress: Progress) => void

/** Where a form is sent, and what ends that. */
interface Target {
  url: string
  headers: Record<string, string>
  signal: AbortSignal | undefined
}

/** What is used of the XMLHttpRequest of browsers, which Node has no type for. */
interface BrowserRequest {
  readonly status: number
  readonly responseText: string
  readonly upload: { onprogress: (progress: { loaded: number; total: number }) => void }
  onload: () => void
  onerror: () => void
  onabort: () => void
  onloadend: () => void
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  getResponseHeader(name: string): string | null
  send(body: FormData): void
  abort(): void
}

/** Sends a form in a browser, whose `fetch` does not tell how much has been sent. */
export function postByBrowser(
  { url, headers, signal }: Target,
  form: FormData,
  onProgress: OnProgress,
): Promise<Response> {
  const { XMLHttpRequest } = globalThis as unknown as { XMLHttpRequest: new () => BrowserRequest }
  const request = new XMLHttpRequest()
  return new Promise((resolve, reject) => {
    const abort = () => request.abort()
    signal?.addEventListener('abort', abort)
    request.upload.onprogress = ({ loaded, total }) => onProgress({ sent: loaded, total })
    request.onload = () => resolve(responseOf(request))
    request.onerror = () => reject(new TypeError('the upload failed'))
    request.onabort = () => reject(signal?.reason)
    request.onloadend = () => signal?.removeEventListener('abort', abort)
    request.open('POST', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.send(form)
  })
}

function responseOf(request: BrowserRequest): Response {
  const { status, responseText } = request
  const retryAfter = request.getResponseHeader('retry-after')
  return new Response(responseText, { status, headers: retryAfter === null ? {} : { 'retry-after': retryAfter } })
}

/** Sends a form in chunks, as fast as the connection takes them. @param total the size of the form, in bytes */
export function postInChunks(
  { url, headers, signal }: Target,
  form: FormData,
  { fetch, total, onProgress }: { fetch: typeof globalThis.fetch; total: number; onProgress: OnProgress },
): Promise<Response> {
  const { body, headers: ofForm } = new Response(form)
  let sent = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.byteLength
      onProgress({ sent, total })
      controller.enqueue(chunk)
    },
  })
  const init = {
    method: 'POST',
    headers: { ...headers, 'content-type': ofForm.get('content-type') ?? '' },
    body: body?.pipeThrough(counter) ?? null,
    signal: signal ?? null,
    duplex: 'half' as const,
  }
  return fetch(url, init)
}
