import type { RefObject } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { bounded, CENTRE, FIT, type Frame, movedBy, type Place, scaledTo, type Zoom } from './zoom.ts'

/** A zoom that can be changed. */
export interface Zooming {
  zoom: Zoom
  /** It follows a pointer: the changes are not animated. */
  isFollowing: boolean
  /** Enlarges by a factor; what is at the place stays there. */
  scaleBy(factor: number, at?: Place, isFollowing?: boolean): void
  moveBy(by: Place, isFollowing?: boolean): void
  fit(): void
  /** Fits an enlarged picture, and shows the pixels of another, or enlarges it where it has no more pixels. */
  toggle(at: Place): void
  /** Returns the place of a pointer. */
  placeOf(event: { clientX: number; clientY: number }): Place
}

interface Elements {
  stage: RefObject<HTMLElement>
  picture: RefObject<HTMLElement>
}

/** The least factor that a double click enlarges by. */
const STRIDE = 2

/** Keeps how far a picture is enlarged on a stage, and where. @param pixels the width of the file */
export function useZoom({ stage, picture }: Elements, pixels: number): Zooming {
  const [{ zoom, isFollowing }, set] = useState({ zoom: FIT, isFollowing: false })

  const frame = useCallback((): Frame => {
    const { clientWidth: width = 1, clientHeight: height = 1 } = stage.current ?? {}
    const { offsetWidth = 1, offsetHeight = 1 } = picture.current ?? {}
    return { stage: { width, height }, fitted: { width: offsetWidth, height: offsetHeight }, pixels }
  }, [stage, picture, pixels])

  const change = (next: (zoom: Zoom, frame: Frame) => Zoom, isFollowing = false) =>
    set(({ zoom }) => ({ zoom: next(zoom, frame()), isFollowing }))

  useEffect(() => {
    if (!stage.current) return
    const observer = new ResizeObserver(() => set(({ zoom }) => ({ zoom: bounded(zoom, frame()), isFollowing: true })))
    observer.observe(stage.current)
    return () => observer.disconnect()
  }, [stage, frame])

  return {
    zoom,
    isFollowing,
    scaleBy: (factor, at = CENTRE, isFollowing) =>
      change((zoom, frame) => scaledTo(zoom, zoom.scale * factor, at, frame), isFollowing),
    moveBy: (by, isFollowing) => change((zoom, frame) => movedBy(zoom, by, frame), isFollowing),
    fit: () => change(() => FIT),
    toggle: at =>
      change((zoom, frame) =>
        zoom.scale > 1 ? FIT : scaledTo(zoom, Math.max(STRIDE, pixels / frame.fitted.width), at, frame),
      ),
    placeOf: ({ clientX, clientY }) => {
      const { left = 0, top = 0, width = 0, height = 0 } = stage.current?.getBoundingClientRect() ?? {}
      return { x: clientX - left - width / 2, y: clientY - top - height / 2 }
    },
  }
}
