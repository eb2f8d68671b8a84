import { computed, effect, signal } from '@preact/signals'
import { outdate } from '../../../../api/answers.ts'
import { asMe } from '../../../../api/ask.ts'
import { withPatience } from '../../../../api/patience.ts'
import { Problem } from '../../../../api/problem.ts'
import { findUploaded, hashOf } from './find-uploaded.ts'
import { reasonOf } from './reasons.ts'
import { sendFile } from './send-file.ts'
import { type Settings, type State, type Upload, uploadOf } from './upload.ts'

/** All uploads, in the order in which they were chosen. They go on while other rooms are shown. */
export const uploads = signal<Upload[]>([])
/** Whether uploads wait for the connection. */
export const isOffline = signal(!navigator.onLine)
/** Whether files are on their way. */
export const isBusy = computed(() => uploads.value.some(({ state }) => isOnItsWay(state.value)))

const AT_ONCE = 3
/** The lists are read again so long after a file was stored, so that many files do not have them read for each. */
const LISTED_MS = 500

let running = 0
let isListed = false

window.addEventListener('offline', () => {
  isOffline.value = true
})
window.addEventListener('online', () => {
  isOffline.value = false
  goOn()
})

// The browser asks before it closes the tab.
const warn = (event: BeforeUnloadEvent) => event.preventDefault()
effect(() => {
  if (isBusy.value) window.addEventListener('beforeunload', warn)
  else window.removeEventListener('beforeunload', warn)
})

/** Adds files, which wait until `start`. */
export function choose(files: File[]): void {
  uploads.value = [...uploads.value, ...files.map(uploadOf)]
}

/** Uploads the chosen files. */
export function start(settings: Settings): void {
  for (const upload of withState('chosen')) {
    upload.settings = settings
    upload.state.value = { kind: 'waiting' }
  }
  goOn()
}

/** Uploads files once more that have failed. */
export function retry(failed: Upload[]): void {
  for (const { state } of failed) state.value = { kind: 'waiting' }
  goOn()
}

/** Ends uploads, and takes them from the list; what is stored stays stored. */
export function remove(removed: Upload[]): void {
  for (const { cancel } of removed) cancel.abort()
  uploads.value = uploads.value.filter(upload => !removed.includes(upload))
}

/** Returns the uploads that are so far. */
export function withState(kind: State['kind']): Upload[] {
  return uploads.value.filter(({ state }) => state.value.kind === kind)
}

/** Whether a file is neither stored nor given up, and has begun. */
function isOnItsWay({ kind }: State): boolean {
  return kind === 'waiting' || kind === 'checking' || kind === 'sending' || kind === 'storing'
}

/** Begins to upload files that wait, a few at once. */
function goOn(): void {
  while (running < AT_ONCE && !isOffline.value) {
    const next = uploads.value.find(({ state }) => state.value.kind === 'waiting')
    if (!next) return
    running++
    void transfer(next).finally(() => {
      running--
      goOn()
    })
  }
}

async function transfer(upload: Upload): Promise<void> {
  const { file, state, cancel } = upload
  state.value = { kind: 'checking' }
  try {
    const sha256 = await hashOf(file)
    const existing = sha256 && (await withPatience(() => findUploaded(sha256, cancel.signal)))
    state.value = existing ? { kind: 'duplicate', image: existing } : await sent(upload, sha256)
  } catch (error) {
    if (!cancel.signal.aborted) state.value = stateAfter(error, file)
  }
}

async function sent(upload: Upload, sha256: string | undefined): Promise<State> {
  const onProgress = (share: number) => {
    upload.state.value = share === 1 ? { kind: 'storing' } : { kind: 'sending', share }
  }
  onProgress(0)
  const { image, isNew } = await withPatience(() => asMe(token => sendFile(upload, { token, sha256, onProgress })))
  if (!isNew) return { kind: 'duplicate', image }
  showInLists()
  return { kind: 'stored', image }
}

function stateAfter(error: unknown, file: File): State {
  // It goes on when the connection is back.
  if (error instanceof Problem && error.status === 0 && isOffline.value) return { kind: 'waiting' }
  const { why, isFinal } = reasonOf(error, file)
  return { kind: isFinal ? 'refused' : 'failed', why }
}

/** Has the lists of images read again soon. */
function showInLists(): void {
  if (isListed) return
  isListed = true
  setTimeout(() => {
    isListed = false
    void outdate(['/v1/images?'])
  }, LISTED_MS)
}
