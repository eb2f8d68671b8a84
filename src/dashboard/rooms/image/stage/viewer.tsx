import type { ComponentChildren, JSX, RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Image } from '../../../api/types.ts'
import { Picture } from '../../../ui/data/picture.tsx'
import { usePointers } from './use-pointers.ts'
import { useWheel } from './use-wheel.ts'
import { useZoom } from './use-zoom.ts'
import styles from './viewer.module.css'
import { ZoomButtons } from './zoom-buttons.tsx'
import { zoomKeys } from './zoom-keys.ts'

interface ViewerProps {
  image: Image
  /** It fills the window, not a part of the page. */
  isFull?: boolean
  /** The element of the stage, for who wants to know whether it is seen. */
  stage?: RefObject<HTMLDivElement>
  onLoad?(): void
  /** Buttons beside those that enlarge. */
  children?: ComponentChildren
}

/** A picture that can be enlarged and moved. It is loaded in more pixels as it is enlarged. */
export function Viewer({ image, isFull = false, stage, onLoad, children }: ViewerProps) {
  const own = useRef<HTMLDivElement>(null)
  const element = stage ?? own
  const picture = useRef<HTMLDivElement>(null)
  const zooming = useZoom({ stage: element, picture }, image.width)
  const { zoom, isFollowing, toggle, placeOf } = zooming
  const detail = useDetail(zoom.scale)
  const [isPlaying, setPlaying] = useState(() => !matchMedia('(prefers-reduced-motion: reduce)').matches)
  const ratio = `${image.width} / ${image.height}`
  const still = detail > 1 ? 'all' : 'renditions'

  return (
    <div class={`${styles.viewer} ${isFull ? styles.full : ''}`}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls of forms */}
      <div
        ref={element}
        class={styles.stage}
        role="group"
        aria-label="Picture: press + or - to zoom, 0 to fit it, arrow keys to move it"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves what has the focus
        tabIndex={0}
        data-stage
        data-zoomed={zoom.scale > 1}
        style={isFull ? undefined : { aspectRatio: ratio, maxHeight: `min(70dvh, ${image.height}px)` }}
        onKeyDown={zoomKeys(zooming)}
        onWheel={useWheel(zooming, isFull)}
        onDblClick={(event: JSX.TargetedMouseEvent<HTMLElement>) => toggle(placeOf(event))}
        onDragStart={(event: JSX.TargetedDragEvent<HTMLElement>) => event.preventDefault()}
        {...usePointers(zooming)}
      >
        <div
          ref={picture}
          class={styles.picture}
          data-following={isFollowing}
          style={{
            width: fittedWidth(image),
            aspectRatio: ratio,
            transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`,
          }}
        >
          <Picture
            image={image}
            sizes={`calc(${shownWidth(image, isFull)} * ${detail})`}
            fit="contain"
            eager
            source={image.animated && isPlaying ? 'file' : still}
            {...(onLoad && { onLoad })}
          />
        </div>
      </div>
      <ZoomButtons zooming={zooming} {...(image.animated && { isPlaying, onPlay: setPlaying })}>
        {children}
      </ZoomButtons>
    </div>
  )
}

/** Returns the width of a picture that fits into the stage around it, and is not larger than its file. */
function fittedWidth({ width, height }: Image): string {
  return `min(100cqw, calc(100cqh * ${width / height}), ${width}px)`
}

/** Returns this width for the attribute `sizes`, which knows nothing of the stage. */
function shownWidth({ width, height }: Image, isFull: boolean): string {
  return `min(100vw, ${((isFull ? 100 : 70) * width) / height}vh, ${width}px)`
}

/** Returns in how many times the pixels a picture is loaded: a power of two, that only grows, so that no rendition is loaded twice. */
function useDetail(scale: number): number {
  const [detail, setDetail] = useState(1)
  useEffect(() => setDetail(detail => Math.max(detail, 2 ** Math.ceil(Math.log2(scale)))), [scale])
  return detail
}
