import type { Signal } from '@preact/signals'
import { Check, Lock } from 'lucide-preact'
import { useRef } from 'preact/hooks'
import { me } from '../../../api/session.ts'
import type { ListedImage } from '../../../api/types.ts'
import { nameOf, Picture, placeholderOf } from '../../../ui/data/picture.tsx'
import { isSelecting, selected } from '../selection/selection.ts'
import styles from './tile.module.css'
import type { Acts } from './use-acts.ts'

interface TileProps {
  image: ListedImage
  index: number
  left: number
  top: number
  width: number
  height: number
  /** The number that the list is sorted by. */
  number: string | undefined
  /** Whether the tab key leads to it. */
  isActive: boolean
  /** While images pass too fast to be looked at, no further pictures are loaded. */
  isFast: Signal<boolean>
  acts: Acts
}

/** An image of the grid: a link to its room, with a check mark. */
export function Tile({ image, index, left, top, width, height, number, isActive, isFast, acts }: TileProps) {
  const wasSlow = useRef(false)
  wasSlow.current ||= !isFast.value
  const isSelected = selected.value.has(image.id)
  const name = nameOf(image)
  return (
    <li
      class={styles.tile}
      style={{ ...placeOf(left, top), width, height }}
      data-selected={isSelected || undefined}
      data-selecting={isSelecting.value || undefined}
    >
      <a
        class={styles.link}
        href={`/dashboard/images/${image.id}`}
        data-index={index}
        tabIndex={isActive ? 0 : -1}
        onClick={event => acts.press(index, event)}
        onKeyDown={event => acts.type(index, event)}
        onFocus={() => acts.focused(index)}
      >
        {wasSlow.current ? (
          <Picture image={image} sizes={`${Math.ceil(width)}px`} fit={fitOf(image, width / height)} />
        ) : (
          <span class={styles.passing} style={{ backgroundImage: `url(${placeholderOf(image.placeholder)})` }} />
        )}
        <span class={styles.caption} aria-hidden="true">
          {name}
        </span>
        {number && <span class={styles.number}>{number}</span>}
        {image.visibility === 'private' && (
          <span class={styles.private} title="Private">
            <Lock class={styles.icon ?? ''} aria-label="Private" />
          </span>
        )}
      </a>
      {me.value && (
        <span class={styles.check}>
          {/* The keyboard selects by the link: Space or x. */}
          <input
            type="checkbox"
            checked={isSelected}
            aria-label={`Select ${name}`}
            tabIndex={-1}
            onClick={event => acts.select(index, event)}
          />
          <Check class={styles.icon ?? ''} aria-hidden="true" />
        </span>
      )}
    </li>
  )
}

/** Takes the place of an image that is read again. */
export function EmptyTile({ left, top, width, height }: Pick<TileProps, 'left' | 'top' | 'width' | 'height'>) {
  return <li class={styles.tile} style={{ ...placeOf(left, top), width, height }} aria-hidden="true" />
}

function placeOf(left: number, top: number) {
  return { transform: `translate(${left}px, ${top}px)` }
}

/** An image that is narrower or wider than its place is shown as a whole. */
function fitOf({ width, height }: ListedImage, ratio: number): 'cover' | 'contain' {
  return Math.abs(width / height / ratio - 1) > 0.02 ? 'contain' : 'cover'
}
