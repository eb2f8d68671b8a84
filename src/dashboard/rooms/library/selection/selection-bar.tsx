import { Eye, EyeOff, type LucideIcon, Tag, Tags, Trash2, X } from 'lucide-preact'
import { useState } from 'preact/hooks'
import type { Image } from '../../../api/types.ts'
import { counted } from '../../../format/words.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { changeImages, progress } from './change-images.ts'
import { DeleteImages } from './dialogs/delete-images.tsx'
import { AddTags, RemoveTag } from './dialogs/tag-dialogs.tsx'
import { perform } from './perform.ts'
import { endSelection, mayChange, selected } from './selection.ts'
import styles from './selection-bar.module.css'

/** Says how many images are selected, and offers what can be done to them. */
export function SelectionBar() {
  const [dialog, setDialog] = useState<'add-tags' | 'remove-tag' | 'delete'>()
  const images = [...selected.value.values()]
  const own = images.filter(mayChange)
  const cannot = own.length === 0 || progress.value !== null
  const inDialog = { images: own, onClose: () => setDialog(undefined) }
  return (
    <section class={styles.bar} aria-label="Selection">
      <Button
        emphasis="quiet"
        icon={X}
        label="End the selection"
        disabled={progress.value !== null}
        onClick={endSelection}
      />
      <p class={styles.count} role="status">
        {statusOf(images.length, images.length - own.length)}
      </p>
      <div class={styles.acts}>
        <Action icon={Tags} disabled={cannot} onClick={() => setDialog('add-tags')}>
          Add tags
        </Action>
        <Action
          icon={Tag}
          disabled={cannot || own.every(({ tags }) => tags.length === 0)}
          onClick={() => setDialog('remove-tag')}
        >
          Remove tag
        </Action>
        <Action icon={EyeOff} disabled={cannot} onClick={() => setVisibility('private', own)}>
          Make private
        </Action>
        <Action icon={Eye} disabled={cannot} onClick={() => setVisibility('public', own)}>
          Make public
        </Action>
        <Action icon={Trash2} disabled={cannot} onClick={() => setDialog('delete')}>
          Delete
        </Action>
      </div>
      {dialog === 'add-tags' && <AddTags {...inDialog} />}
      {dialog === 'remove-tag' && <RemoveTag {...inDialog} />}
      {dialog === 'delete' && <DeleteImages {...inDialog} />}
    </section>
  )
}

interface ActionProps {
  icon: LucideIcon
  disabled: boolean
  onClick(): void
  children: string
}

/** A button whose words are for screen readers only where there is little room. */
function Action({ children, ...button }: ActionProps) {
  return (
    <Button emphasis="quiet" {...button}>
      <span class={styles.words}>{children}</span>
    </Button>
  )
}

function setVisibility(visibility: Image['visibility'], images: Image[]): Promise<void> {
  const changesOf = (image: Image) => (image.visibility === visibility ? undefined : { visibility })
  return perform({ done: `Now ${visibility}`, run: on => changeImages(on, changesOf) }, images)
}

function statusOf(all: number, others: number): string {
  if (progress.value) return `${progress.value.done} of ${counted(progress.value.total, 'image')} done`
  if (all === 0) return 'Select images'
  if (others === 0) return `${all} selected`
  if (others < all) return `${all} selected, of which you can change ${all - others}`
  return all === 1 ? '1 selected: only its owner can change it' : `${all} selected: only their owners can change them`
}
