import { offline, problemOf } from '../../../../api/problem.ts'
import type { Image } from '../../../../api/types.ts'
import type { Upload } from './upload.ts'

/** What the service made of a file. */
export interface Stored {
  image: Image
  /** False when the account has uploaded the same file before. */
  isNew: boolean
}

interface Sending {
  token: string | undefined
  /** Hash of the file, if it is known: the service compares it. */
  sha256: string | undefined
  /** @param share how much has been sent, 0 to 1 */
  onProgress(share: number): void
}

/** Sends a file. `fetch` can not tell how much has been sent, so this does not use it. @throws Problem; what aborts the upload */
export function sendFile(upload: Upload, { token, sha256, onProgress }: Sending): Promise<Stored> {
  const { signal } = upload.cancel
  const request = new XMLHttpRequest()
  return new Promise<Stored>((resolve, reject) => {
    signal.throwIfAborted()
    const abort = () => request.abort()
    signal.addEventListener('abort', abort)
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total)
    request.onload = () => {
      const { status, responseText } = request
      if (status >= 200 && status < 300) resolve({ image: JSON.parse(responseText), isNew: status === 201 })
      else reject(problemOf(status, responseText, request.getResponseHeader('retry-after')))
    }
    request.onerror = () => reject(offline())
    request.onabort = () => reject(signal.reason)
    request.onloadend = () => signal.removeEventListener('abort', abort)
    request.open('POST', '/v1/images')
    if (token !== undefined) request.setRequestHeader('authorization', `Bearer ${token}`)
    request.send(formOf(upload, sha256))
  })
}

function formOf({ file, settings }: Upload, sha256: string | undefined): FormData {
  const form = new FormData()
  // Fields come first: the service can refuse them before the file arrives.
  if (sha256 !== undefined) form.set('sha256', sha256)
  form.set('visibility', settings.visibility)
  for (const tag of settings.tags) form.append('tags', tag)
  form.set('file', file, file.name)
  return form
}
