import { RotateCw, X } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { bytes, share } from '../../../../format/numbers.ts'
import { Button } from '../../../../ui/actions/button.tsx'
import type { State, Upload } from '../queue/upload.ts'
import { remove, retry } from '../queue/uploads.ts'
import styles from './upload-row.module.css'

/** A file on its way: its picture, how far it is, and what can be done. */
export function UploadRow({ upload }: { upload: Upload }) {
  const { file } = upload
  const state = upload.state.value
  const isLost = state.kind === 'failed' || state.kind === 'refused'
  const isDone = state.kind === 'stored' || state.kind === 'duplicate'
  return (
    <li class={styles.row}>
      <Thumbnail file={file} />
      <div class={styles.words}>
        <span class={styles.name} title={file.name}>
          {isDone ? <a href={`/dashboard/images/${state.image.id}`}>{file.name}</a> : file.name}
        </span>
        <span class={isLost ? styles.lost : styles.note}>{wordsOf(state, file)}</span>
        {state.kind === 'sending' && (
          <progress class={styles.progress} value={state.share} aria-label={`Upload of ${file.name}`} />
        )}
      </div>
      {state.kind === 'failed' && (
        <Button emphasis="quiet" icon={RotateCw} label={`Try ${file.name} again`} onClick={() => retry([upload])} />
      )}
      {!isDone && (
        <Button
          emphasis="quiet"
          icon={X}
          label={isLost ? `Dismiss ${file.name}` : `Cancel ${file.name}`}
          onClick={() => remove([upload])}
        />
      )}
    </li>
  )
}

/** Shows a file of this machine. */
function Thumbnail({ file }: { file: File }) {
  const [url, setUrl] = useState<string>()
  const [isBroken, setIsBroken] = useState(false)
  useEffect(() => {
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  if (!url || isBroken) return <span class={styles.thumbnail} />
  return <img class={styles.thumbnail} src={url} alt="" decoding="async" onError={() => setIsBroken(true)} />
}

function wordsOf(state: State, { size }: File): string {
  switch (state.kind) {
    case 'chosen':
      return bytes(size)
    case 'waiting':
      return `Waiting, ${bytes(size)}`
    case 'checking':
      return 'Looking for duplicates'
    case 'sending':
      return `${share(state.share)} of ${bytes(size)}`
    case 'storing':
      return 'Processing'
    case 'stored':
      return 'Uploaded'
    case 'duplicate':
      return 'You have uploaded it before'
    case 'failed':
    case 'refused':
      return state.why
  }
}
