import { timingSafeEqual } from 'node:crypto'
import { type KeyedHash, keyedHash } from '../../lib/keyed-hash.ts'
import type { Image } from '../image.ts'
import { type FileQuery, RENDITION_PARAMETERS } from './file-schemas.ts'

/** How long a link is valid unless it is asked for otherwise. */
export const LIFETIME_SECONDS = 3600
const STEP_SECONDS = 900

type LinkedImage = Pick<Image, '_id' | 'linkVersion'>

/** Signs links to the files of images, and checks them. A signed link needs no credentials. */
export class FileLinks {
  readonly #hashOf: KeyedHash

  constructor(secret: string) {
    this.#hashOf = keyedHash(secret, 'fileLinks')
  }

  /**
   * Returns the path of the file of an image. That of a private one is signed for at least an hour, and remains the same for a
   * quarter of an hour, so that browsers can cache the file.
   */
  pathOf(image: LinkedImage & Pick<Image, 'visibility'>, now = Date.now()): string {
    if (image.visibility === 'public') return filePath(image)
    const expires = Math.ceil((now / 1000 + LIFETIME_SECONDS) / STEP_SECONDS) * STEP_SECONDS
    return this.signedPath(image, expires)
  }

  /**
   * Returns a path that needs no credentials.
   * @param expires seconds since 1970
   * @param query parameters of the file; with those of a rendition the signature covers this rendition only
   */
  signedPath(image: LinkedImage, expires: number, query: FileQuery = {}): string {
    const signature = this.#sign(image, String(expires), renditionIn(query))
    const download = query.download === undefined ? [] : [`download=${query.download}`]
    const parts = [renditionIn(query), ...download, `expires=${expires}`, `signature=${signature}`]
    return `${filePath(image)}?${parts.filter(part => part !== '').join('&')}`
  }

  /**
   * Returns the seconds until the link of a request expires, negative after that.
   * @returns undefined when the request has no signature, or one that is not valid for it
   */
  secondsLeft(image: LinkedImage, query: FileQuery, now = Date.now()): number | undefined {
    const { expires = '', signature } = query
    if (signature === undefined || !/^[1-9]\d{0,11}$/.test(expires)) return undefined
    const isValid = ['', renditionIn(query)].some(rendition =>
      isEqual(signature, this.#sign(image, expires, rendition)),
    )
    return isValid ? Math.floor(Number(expires) - now / 1000) : undefined
  }

  /** @param rendition parameters of the rendition that the signature covers; empty for the file and all renditions */
  #sign({ _id, linkVersion = 0 }: LinkedImage, expires: string, rendition: string): string {
    return this.#hashOf(JSON.stringify([_id, linkVersion, expires, rendition])).toString('base64url')
  }
}

function filePath({ _id }: LinkedImage): string {
  return `/v1/images/${_id}/file`
}

/** Returns the parameters of a rendition as a query, in a fixed order; empty when there are none. */
function renditionIn(query: FileQuery): string {
  return RENDITION_PARAMETERS.filter(name => query[name] !== undefined)
    .map(name => `${name}=${query[name]}`)
    .join('&')
}

/** Compares texts in a time that does not depend on where they differ. */
function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
