import { ImageUp } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { me } from '../../../../api/session.ts'
import styles from './drop-zone.module.css'
import { filesOfDrop } from './files-of-drop.ts'
import { offer } from './offer.ts'

/** Takes files that are dropped anywhere on the page, or pasted, while it is shown. */
export function DropZone() {
  const [isOver, setIsOver] = useState(false)

  useEffect(() => {
    // Moving from one element to another enters the second before it leaves the first.
    let inside = 0
    const by = (change: number) => (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      inside = Math.max(0, inside + change)
      setIsOver(inside > 0)
    }
    const onDrop = (event: DragEvent) => {
      by(-inside)(event)
      if (hasFiles(event.dataTransfer)) void filesOfDrop(event.dataTransfer).then(offer)
    }
    const onPaste = ({ clipboardData, target }: ClipboardEvent) => {
      const isTyping = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
      if (clipboardData && clipboardData.files.length > 0 && !isTyping) offer(Array.from(clipboardData.files))
    }
    const listeners = { dragenter: by(1), dragover: by(0), dragleave: by(-1), drop: onDrop, paste: onPaste }
    const stop = new AbortController()
    for (const [name, listener] of Object.entries(listeners)) {
      window.addEventListener(name, listener as EventListener, { signal: stop.signal })
    }
    return () => stop.abort()
  }, [])

  if (!isOver) return null
  return (
    <div class={styles.zone}>
      <p class={styles.words}>
        <ImageUp class={styles.icon ?? ''} aria-hidden="true" />
        {me.value ? 'Drop images to upload them' : 'Sign in to upload images'}
      </p>
    </div>
  )
}

function hasFiles(data: DataTransfer | null): data is DataTransfer {
  return data?.types.includes('Files') === true
}
