import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { mongo } from 'mongoose'
import { MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import { SharedWork } from '../../lib/shared-work.ts'
import { withTemporaryFolder } from '../../lib/temporary-folder.ts'
import type { Decoder, DecoderClient } from '../decoding/decoder.ts'
import type { Image } from '../image.ts'
import type { Blobs, RenditionFile } from '../storage/blobs.ts'
import type { UploadIntents } from '../storage/upload-intents.ts'
import { whileImageExists } from '../while-image-exists.ts'
import { encode } from './encode.ts'
import { type Rendition, variantOf } from './rendition.ts'

interface RenditionParts {
  images: mongo.Collection<Image>
  blobs: Blobs
  intents: UploadIntents
  decoder: Decoder
  /** Time after which an unused rendition is removed, in ms. */
  keep: number
}

/** Renditions of images: created at the first request, stored, and removed when they are no longer used. */
export class Renditions {
  readonly #parts: RenditionParts
  readonly #inProgress = new SharedWork<RenditionFile>()

  constructor(parts: RenditionParts) {
    this.#parts = parts
  }

  /**
   * Returns the blob of a rendition, and creates it if needed. Concurrent requests share the work; two processes may create it twice,
   * and then one of the two remains unused and is swept.
   * @param client work that no client waits for any more is not begun
   * @throws Problem `unavailable` when too many are waiting or creating it takes too much time; `not_found` when the image is deleted
   *   meanwhile; the reason of the signal
   */
  get(image: Image, rendition: Rendition, { client, signal }: DecoderClient): Promise<RenditionFile> {
    const variant = variantOf(rendition)
    const work = (abandoned: AbortSignal) => this.#findOrMake(image, rendition, variant, { client, signal: abandoned })
    return this.#inProgress.run(`${image._id}/${variant}`, work, signal)
  }

  /** Removes the renditions that were not used for `keep`. @param now ms since 1970 @returns their number */
  async sweep(now = Date.now()): Promise<number> {
    const { blobs, intents, keep } = this.#parts
    const unused = { 'metadata.kind': 'rendition', 'metadata.usedOn': { $lt: dayOf(now - keep) } } as const
    let swept = 0
    for await (const { _id } of blobs.files.find(unused, { projection: { _id: 1 } })) {
      // The condition again: it may have been used since it was found.
      if (await intents.discard(_id, unused)) swept++
    }
    return swept
  }

  async #findOrMake(
    image: Image,
    rendition: Rendition,
    variant: string,
    client: DecoderClient,
  ): Promise<RenditionFile> {
    const { blobs, decoder } = this.#parts
    const filter = { 'metadata.imageId': image._id, 'metadata.variant': variant }
    const found = await blobs.files.findOne<RenditionFile>(filter, { sort: { _id: 1 } })
    if (found && (await this.#stamp(found))) return found
    return decoder.schedule(() => this.#make(image, rendition, variant, client.signal), {
      ...client,
      lane: 'renditions',
    })
  }

  /** Records the day of the last use, with at most one write a day. @returns false when the rendition was swept meanwhile */
  async #stamp({ _id, metadata }: RenditionFile): Promise<boolean> {
    const today = dayOf(Date.now())
    if (metadata.usedOn === today) return true
    const used = { $set: { 'metadata.usedOn': today } }
    return (await this.#parts.blobs.files.updateOne({ _id }, used, { writeConcern: MAJORITY })).matchedCount > 0
  }

  /** Creates a rendition from the original, which the decoder reads from a temporary file. */
  #make(image: Image, rendition: Rendition, variant: string, signal?: AbortSignal): Promise<RenditionFile> {
    return whileImageExists(
      () => this.#imageExists(image._id),
      () =>
        withTemporaryFolder(async folder => {
          const path = join(folder, 'original')
          await pipeline(await this.#parts.blobs.read(image.blobId, 0, image.bytes), createWriteStream(path), {
            signal,
          })
          return this.#store(image._id, variant, await encode(path, rendition, this.#parts.decoder))
        }),
    )
  }

  /** Stores a rendition. @throws Problem `not_found` when the image no longer exists */
  #store(imageId: string, variant: string, bytes: Buffer): Promise<RenditionFile> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return this.#parts.intents.withDraft(async ({ blob, place }) => {
      await blob.write(bytes)
      await blob.end()
      const metadata = { imageId, kind: 'rendition', variant, sha256, usedOn: dayOf(Date.now()) } as const
      return place(metadata, async session => {
        if (!(await this.#imageExists(imageId, session))) throw new Problem('not_found', { detail: 'image not found' })
      })
    })
  }

  async #imageExists(_id: string, session?: mongo.ClientSession): Promise<boolean> {
    const options = { projection: { _id: 1 }, ...(session ? { session } : {}) }
    return (await this.#parts.images.findOne({ _id }, options)) !== null
  }
}

/** Returns the day (UTC) of a time in ms, such as 2026-11-24. */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
