/** How much of an upload has been sent, in bytes. */
export interface Progress {
  sent: number
  total: number
}

export type OnProgress = (progress: Progress) => void

/** Where a body is sent, and what ends that. */
interface Target {
  method: string
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
  send(body: FormData | Blob): void
  abort(): void
}

/** Returns what sends bodies of uploads, and tells how much has been sent. @param fetch sends requests where it can */
export function bodySender(fetch: typeof globalThis.fetch): SendBody {
  return async (target, body, { total, onProgress }) => {
    const { url, method, headers, signal } = target
    if (!onProgress) return fetch(url, { method, headers, body, signal: signal ?? null })
    if ('XMLHttpRequest' in globalThis) return sendByBrowser(target, body, onProgress)
    return sendInChunks(target, body, { fetch, total: await total(), onProgress })
  }
}

/** Sends a body. @param total the size of the body, in bytes */
export type SendBody = (
  target: Target,
  body: FormData | Blob,
  watching: { total: () => number | Promise<number>; onProgress: OnProgress | undefined },
) => Promise<Response>

/** Sends a body in a browser, whose `fetch` does not tell how much has been sent. */
function sendByBrowser(target: Target, body: FormData | Blob, onProgress: OnProgress): Promise<Response> {
  const { method, url, headers, signal } = target
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
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.send(body)
  })
}

function responseOf(request: BrowserRequest): Response {
  const { status, responseText } = request
  const retryAfter = request.getResponseHeader('retry-after')
  return new Response(responseText, { status, headers: retryAfter === null ? {} : { 'retry-after': retryAfter } })
}

/** Sends a body in chunks, as fast as the connection takes them. */
function sendInChunks(
  { method, url, headers, signal }: Target,
  body: FormData | Blob,
  { fetch, total, onProgress }: { fetch: typeof globalThis.fetch; total: number; onProgress: OnProgress },
): Promise<Response> {
  const { body: bytes, headers: ofBody } = new Response(body)
  let sent = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.byteLength
      onProgress({ sent, total })
      controller.enqueue(chunk)
    },
  })
  const init = {
    method,
    headers: { ...headers, 'content-type': ofBody.get('content-type') ?? '' },
    body: bytes?.pipeThrough(counter) ?? null,
    signal: signal ?? null,
    duplex: 'half' as const,
  }
  return fetch(url, init)
}
