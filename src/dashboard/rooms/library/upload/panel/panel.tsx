import { ChevronDown, ChevronUp, WifiOff, X } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { count } from '../../../../format/numbers.ts'
import { counted } from '../../../../format/words.ts'
import { Button } from '../../../../ui/actions/button.tsx'
import { isBusy, isOffline, remove, retry, uploads, withState } from '../queue/uploads.ts'
import { ChosenFiles } from './chosen-files.tsx'
import { inOrder } from './in-order.ts'
import styles from './panel.module.css'
import { UploadRow } from './upload-row.tsx'

/** Rows beyond these are counted only: a browser could not hold the pictures of thousands of files. */
const MOST_ROWS = 50

/** The uploads of this tab: how far each is, and what has become of it. It stays while other rooms are shown. */
export default function UploadPanel() {
  const [isFolded, setIsFolded] = useState(false)
  const chosen = withState('chosen')
  const failed = withState('failed')
  const rows = inOrder(uploads.value)
  if (rows.length === 0) return null
  return (
    <section class={styles.panel} aria-labelledby="uploads">
      <header class={styles.header}>
        <div>
          <h2 id="uploads">Uploads</h2>
          <p class={styles.status} role="status">
            {statusOf()}
          </p>
        </div>
        <Button
          emphasis="quiet"
          icon={isFolded ? ChevronUp : ChevronDown}
          label={isFolded ? 'Show the uploads' : 'Hide the uploads'}
          onClick={() => setIsFolded(!isFolded)}
        />
        {!isBusy.value && (
          <Button emphasis="quiet" icon={X} label="Close the uploads" onClick={() => remove(uploads.value)} />
        )}
      </header>
      {isOffline.value && isBusy.value && (
        <p class={styles.offline}>
          <WifiOff class={styles.icon ?? ''} aria-hidden="true" />
          No connection. Uploads go on when it is back.
        </p>
      )}
      {!isFolded && (
        <div class={styles.content}>
          {chosen.length > 0 && <ChosenFiles uploads={chosen} />}
          {failed.length > 1 && (
            <Button onClick={() => retry(failed)}>Try {counted(failed.length, 'file')} again</Button>
          )}
          <ul class={styles.rows}>
            {rows.slice(0, MOST_ROWS).map(upload => (
              <UploadRow key={upload.id} upload={upload} />
            ))}
          </ul>
          {rows.length > MOST_ROWS && <p class={styles.status}>and {count(rows.length - MOST_ROWS)} more</p>}
        </div>
      )}
    </section>
  )
}

function statusOf(): string {
  const chosen = withState('chosen').length
  const done = withState('stored').length
  const duplicates = withState('duplicate').length
  const lost = withState('failed').length + withState('refused').length
  const total = uploads.value.length - chosen
  const parts = [
    ...(chosen > 0 ? [`${counted(chosen, 'file')} chosen`] : []),
    ...(total > 0 ? [`${count(done)} of ${counted(total, 'file')} uploaded`] : []),
    ...(duplicates > 0 ? [`${counted(duplicates, 'duplicate')}`] : []),
    ...(lost > 0 ? [`${count(lost)} failed`] : []),
  ]
  return parts.join(', ')
}
