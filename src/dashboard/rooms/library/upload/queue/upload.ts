import { type Signal, signal } from '@preact/signals'
import type { Image } from '../../../../api/types.ts'

/** What all files of an upload get. */
export interface Settings {
  tags: string[]
  visibility: Image['visibility']
}

/** How far a file is. */
export type State =
  /** Waits until the reader has it uploaded. */
  | { kind: 'chosen' }
  | { kind: 'waiting' }
  /** Whether the service has it already is being found out. */
  | { kind: 'checking' }
  /** @param share how much has been sent, 0 to 1 */
  | { kind: 'sending'; share: number }
  /** All has been sent; the service stores it. */
  | { kind: 'storing' }
  | { kind: 'stored'; image: Image }
  | { kind: 'duplicate'; image: Image }
  /** It can not be uploaded. */
  | { kind: 'refused'; why: string }
  /** It may be uploaded at another attempt. */
  | { kind: 'failed'; why: string }

/** A file on its way to the library. */
export interface Upload {
  id: number
  file: File
  state: Signal<State>
  settings: Settings
  cancel: AbortController
}

let lastId = 0

/** Returns the upload of a file, which has not begun. */
export function uploadOf(file: File): Upload {
  return {
    id: ++lastId,
    file,
    state: signal<State>({ kind: 'chosen' }),
    settings: { tags: [], visibility: 'public' },
    cancel: new AbortController(),
  }
}
