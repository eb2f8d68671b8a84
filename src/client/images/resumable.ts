import { Problem } from '../problem.ts'
import { pause } from '../requests/retry.ts'
import type { Send } from '../requests/sender.ts'
import type { Image } from '../types.ts'
import { nameOf, type UploadFields } from './form.ts'
import type { OnProgress, SendBody } from './send-body.ts'

const TUS = { 'tus-resumable': '1.0.0' }
const OFFSET_STREAM = 'application/offset+octet-stream'
/** How often in a row an upload may fail without having got any further. */
const MAX_FAILURES = 3
/** No answer, another request of this upload that the service has not given up yet, and an image that is made later. */
const PASSING = [0, 409, 423]

/** What an upload is sent with. */
interface Uploading {
  url: string
  fetch: typeof globalThis.fetch
  send: Send
  sendBody: SendBody
  signal: AbortSignal | undefined
  onProgress: OnProgress | undefined
}

/** Uploads a file by tus 1.0: after a failure the next request goes on with the first byte that the service lacks. @throws Problem */
export async function uploadResumably(file: Blob, fields: UploadFields, uploading: Uploading): Promise<Image> {
  const upload = await begin(file, fields, uploading)
  try {
    return await sendAll(file, upload, uploading)
  } catch (error) {
    // Unfinished uploads count against the account for a day; this one may be out of reach.
    const { fetch, send } = uploading
    const giveUp = (headers: Record<string, string>) =>
      fetch(upload, { method: 'DELETE', headers: { ...headers, ...TUS } })
    send(giveUp, { repeatable: false }).catch(() => undefined)
    throw error
  }
}

/** @returns the address of the upload */
async function begin(file: Blob, fields: UploadFields, { url, fetch, send, signal }: Uploading): Promise<string> {
  const told = { ...TUS, 'upload-length': String(file.size), 'upload-metadata': metadataOf(file, fields) }
  const attempt = (headers: Record<string, string>) =>
    fetch(`${url}/v1/uploads`, { method: 'POST', headers: { ...headers, ...told }, signal: signal ?? null })
  // What is left of an upload that was begun twice is removed by the service.
  const answer = await send(attempt, { repeatable: true, signal })
  return `${url}/v1/uploads/${answer.headers.get('location')?.split('/').at(-1)}`
}

async function sendAll(
  file: Blob,
  url: string,
  { fetch, send, sendBody, signal, onProgress }: Uploading,
): Promise<Image> {
  let offset = 0
  let isKnown = true

  async function attempt(headers: Record<string, string>): Promise<Response> {
    const told = { ...headers, ...TUS }
    if (!isKnown) {
      const answer = await fetch(url, { method: 'HEAD', headers: told, signal: signal ?? null })
      if (!answer.ok) return answer
      offset = Number(answer.headers.get('upload-offset'))
    }
    isKnown = false
    const target = { method: 'PATCH', url, headers: { ...told, 'upload-offset': String(offset) }, signal }
    const first = offset
    return sendBody(target, file.slice(first, file.size, OFFSET_STREAM), {
      total: () => file.size - first,
      onProgress: onProgress && (({ sent }) => onProgress({ sent: first + sent, total: file.size })),
    })
  }

  for (let failures = 1; ; failures++) {
    const before = offset
    try {
      const answer = await send(attempt, { repeatable: true, signal })
      return (await answer.json()) as Image
    } catch (error) {
      if (!(error instanceof Problem && PASSING.includes(error.status))) throw error
      if (offset > before) failures = 0
      if (failures === MAX_FAILURES) throw error
      await pause(error.retryAfter ?? 0, signal)
    }
  }
}

/** Returns the fields of an upload as Upload-Metadata has them. */
function metadataOf(file: Blob, fields: UploadFields): string {
  const { fileName: _fileName, tags = [], ...texts } = fields
  const all = { filename: nameOf(file, fields), filetype: file.type, ...texts, tags: tags.join(',') }
  const pairs = Object.entries(all).filter(([, text]) => text)
  return pairs.map(([name, text = '']) => `${name} ${base64Of(text)}`).join(',')
}

function base64Of(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join(''))
}
