/** How a picture is shown: enlarged by a factor, with its centre moved by so many pixels. */
export interface Zoom {
  /** 1 fits the picture into the stage. */
  scale: number
  x: number
  y: number
}

interface Size {
  width: number
  height: number
}

/** The stage, and the picture on it. */
export interface Frame {
  stage: Size
  /** The size of the picture where it fits. */
  fitted: Size
  /** The width of the file. */
  pixels: number
}

/** A place, in pixels from the centre of the stage. */
export interface Place {
  x: number
  y: number
}

export const FIT: Zoom = { scale: 1, x: 0, y: 0 }
export const CENTRE: Place = { x: 0, y: 0 }

/** A picture can be enlarged this much at least, and to twice its pixels. */
const LEAST_MAX_SCALE = 4

/** Returns the largest scale. */
export function maxScale({ fitted, pixels }: Frame): number {
  return Math.max(LEAST_MAX_SCALE, (2 * pixels) / Math.max(1, fitted.width))
}

/** Returns the zoom with another scale, within bounds; what is at a place stays there. */
export function scaledTo(zoom: Zoom, scale: number, at: Place, frame: Frame): Zoom {
  const next = Math.min(maxScale(frame), Math.max(1, scale))
  const ratio = next / zoom.scale
  return bounded({ scale: next, x: at.x - (at.x - zoom.x) * ratio, y: at.y - (at.y - zoom.y) * ratio }, frame)
}

/** Returns the zoom with the picture moved, within bounds. */
export function movedBy(zoom: Zoom, { x, y }: Place, frame: Frame): Zoom {
  return bounded({ ...zoom, x: zoom.x + x, y: zoom.y + y }, frame)
}

/** Returns a zoom at which the picture leaves no part of the stage empty that it could fill. */
export function bounded({ scale, x, y }: Zoom, { stage, fitted }: Frame): Zoom {
  if (scale <= 1) return FIT
  return {
    scale,
    x: within(x, (fitted.width * scale - stage.width) / 2),
    y: within(y, (fitted.height * scale - stage.height) / 2),
  }
}

function within(value: number, limit: number): number {
  const bound = Math.max(0, limit)
  return Math.min(bound, Math.max(-bound, value))
}
