import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { mongo } from 'mongoose'
import { MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import { withTemporaryFolder } from '../../lib/temporary-folder.ts'
import type { Decoder } from '../decoder.ts'
import type { Image } from '../image.ts'
import type { Blobs, RenditionFile } from '../storage/blobs.ts'
import type { UploadIntents } from '../storage/upload-intents.ts'
import { whileImageExists } from '../while-image-exists.ts'
import { type Format, type Rendition, variantOf } from './rendition.ts'

/** AVIF takes most of a second a megapixel at its usual effort; 2 is a third of that for some percent more bytes. */
const ENCODING: Record<Format, object> = {
  webp: { quality: 80 },
  avif: { quality: 55, effort: 2 },
  jpeg: { quality: 82, progressive: true },
  png: {},
}

interface RenditionParts {
  images: mongo.Collection<Image>
  blobs: Blobs
  intents: UploadIntents
  decoder: Decoder
  /** How long a rendition is kept that nobody asks for, in ms. */
  keep: number
}

/** Smaller, turned and recoded images: made when first asked for, kept, and swept when nobody asks any more. */
export class Renditions {
  readonly #parts: RenditionParts
  readonly #underWay = new Map<string, Promise<RenditionFile>>()

  constructor(parts: RenditionParts) {
    this.#parts = parts
  }

  /**
   * The blob of a rendition. Whoever asks while it is being made waits for the same one; two processes may make it twice, and
   * then one of the two goes unused and is swept.
   * @throws Problem `unavailable` when too many are being made, `not_found` when the image goes meanwhile
   */
  get(image: Image, rendition: Rendition): Promise<RenditionFile> {
    const variant = variantOf(rendition)
    const key = `${image._id}/${variant}`
    const underWay = this.#underWay.get(key)
    if (underWay) return underWay
    const found = this.#findOrMake(image, rendition, variant).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, found)
    return found
  }

  /** Removes what was not asked for lately. */
  async sweep(now = Date.now()): Promise<number> {
    const { blobs, intents, keep } = this.#parts
    const old = { 'metadata.kind': 'rendition', 'metadata.usedOn': { $lt: dayOf(now - keep) } } as const
    let swept = 0
    for await (const { _id } of blobs.files.find(old, { projection: { _id: 1 } })) {
      // Somebody may have asked for it since it was found.
      if (await intents.discard(_id, old)) swept++
    }
    return swept
  }

  async #findOrMake(image: Image, rendition: Rendition, variant: string): Promise<RenditionFile> {
    const { blobs, decoder } = this.#parts
    const filter = { 'metadata.imageId': image._id, 'metadata.variant': variant }
    const found = await blobs.files.findOne<RenditionFile>(filter, { sort: { _id: 1 } })
    if (found && (await this.#stamp(found))) return found
    return decoder.inTurn(() => this.#make(image, rendition, variant))
  }

  /** One write a day says that it is still asked for, not one a read. False when it was swept before that. */
  async #stamp({ _id, metadata }: RenditionFile): Promise<boolean> {
    const today = dayOf(Date.now())
    if (metadata.usedOn === today) return true
    const used = { $set: { 'metadata.usedOn': today } }
    return (await this.#parts.blobs.files.updateOne({ _id }, used, { writeConcern: MAJORITY })).matchedCount > 0
  }

  #make(image: Image, rendition: Rendition, variant: string): Promise<RenditionFile> {
    const stands = () => this.#stands(image._id)
    return whileImageExists(stands, () =>
      withTemporaryFolder(async folder => {
        const path = join(folder, 'original')
        await pipeline(await this.#parts.blobs.read(image.blobId, 0, image.bytes), createWriteStream(path))
        return this.#keep(image._id, variant, await this.#encode(path, rendition))
      }),
    )
  }

  #keep(imageId: string, variant: string, bytes: Buffer): Promise<RenditionFile> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return this.#parts.intents.whileOpen(async ({ blob, place }) => {
      await blob.write(bytes)
      await blob.end()
      const metadata = { imageId, kind: 'rendition', variant, sha256, usedOn: dayOf(Date.now()) } as const
      return place(metadata, async session => {
        if (!(await this.#stands(imageId, session))) throw new Problem('not_found')
      })
    })
  }

  async #stands(_id: string, session?: mongo.ClientSession): Promise<boolean> {
    const options = { projection: { _id: 1 }, ...(session ? { session } : {}) }
    return (await this.#parts.images.findOne({ _id }, options)) !== null
  }

  #encode(path: string, { width, height, fit, format }: Rendition): Promise<Buffer> {
    // The size is exact already: `fill` moves less than a pixel. What is transparent is white where it can not stay so.
    const scaled = this.#parts.decoder.open(path).resize(width, height, { fit: fit === 'cover' ? 'cover' : 'fill' })
    return (format === 'jpeg' ? scaled.flatten({ background: '#fff' }) : scaled)
      .toFormat(format, ENCODING[format])
      .toBuffer()
  }
}

/** A day as text that sorts, as 2026-11-24. */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
