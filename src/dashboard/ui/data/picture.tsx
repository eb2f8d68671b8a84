import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { thumbHashToDataURL } from 'thumbhash'
import type { Image } from '../../api/types.ts'
import styles from './picture.module.css'

/** Widths that the service has renditions for, unless it is configured otherwise: it takes the next larger one then. */
const WIDTHS = [160, 320, 640, 960, 1280, 1920, 2560]

/** A picture that could not be loaded is asked for again: the service refuses some while it makes many. */
const ATTEMPTS = 4
const PAUSE_MS = 1_500

interface PictureProps {
  image: Pick<Image, 'width' | 'height' | 'placeholder' | 'altText' | 'title' | 'fileName'> & {
    links: { file: string }
  }
  /** How wide it is shown, as the attribute `sizes`. */
  sizes: string
  /** `cover` fills the room around it, `contain` shows all of the picture. */
  fit?: 'cover' | 'contain'
  /** Has the browser load it first: the largest picture of a room. */
  eager?: boolean
  /** `all` adds the stored file to the renditions, for a picture that is enlarged; `file` is this file only: animations move in it. */
  source?: 'renditions' | 'all' | 'file'
  onLoad?(): void
}

/** A picture in the size that the screen needs; its placeholder takes its place until it is loaded. */
export function Picture({ image, sizes, fit = 'cover', eager = false, source = 'renditions', onLoad }: PictureProps) {
  const [loaded, setLoaded] = useState(false)
  const [attempt, setAttempt] = useState(1)
  const placeholder = useMemo(() => placeholderOf(image.placeholder), [image.placeholder])
  const element = useRef<HTMLImageElement>(null)
  useEffect(() => {
    const shown = element.current
    return () => cancel(shown)
  }, [attempt])
  return (
    <img
      ref={element}
      key={attempt}
      class={`${styles.picture} ${styles[fit]}`}
      {...sourcesOf(image, source)}
      sizes={sizes}
      width={image.width}
      height={image.height}
      alt={describe(image)}
      loading={eager ? 'eager' : 'lazy'}
      decoding="async"
      {...(eager && { fetchpriority: 'high' })}
      onLoad={() => {
        setLoaded(true)
        onLoad?.()
      }}
      onError={() => attempt < ATTEMPTS && setTimeout(() => setAttempt(attempt + 1), attempt * PAUSE_MS)}
      style={loaded ? undefined : { backgroundImage: `url(${placeholder})` }}
    />
  )
}

/** Ends the loading of a picture that is shown no longer: the browser would load it, and keep it until then. */
function cancel(picture: HTMLImageElement | null): void {
  if (picture === null || picture.complete) return
  picture.removeAttribute('srcset')
  picture.removeAttribute('src')
}

/** Returns the attributes of a picture that say where its file is. */
function sourcesOf(image: PictureProps['image'], source: PictureProps['source']) {
  const file = fileLink(image, {})
  if (source === 'file') return { src: file }
  const most = source === 'all' ? image.width : 2 * image.width
  const renditions = WIDTHS.filter(width => width < most).map(width => `${fileLink(image, { width })} ${width}w`)
  const sources = source === 'all' ? [...renditions, `${file} ${image.width}w`] : renditions
  return { src: fileLink(image, { width: 640 }), srcset: sources.join(', ') }
}

/** Returns the address of a file of an image. @param query what the file route takes, such as `width` or `download` */
export function fileLink({ links }: { links: { file: string } }, query: Record<string, string | number>): string {
  const url = new URL(links.file, location.origin)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  return url.pathname + url.search
}

/** Returns the words that stand for an image. */
export function nameOf({ title, altText, fileName }: Pick<Image, 'title' | 'altText' | 'fileName'>): string {
  return title || altText || fileName || 'Untitled'
}

function describe(image: PictureProps['image']): string {
  return image.altText || nameOf(image)
}

/** Returns a ThumbHash in base64 as the URL of a tiny picture. */
export function placeholderOf(base64: string): string {
  return thumbHashToDataURL(Uint8Array.from(atob(base64), character => character.charCodeAt(0)))
}
