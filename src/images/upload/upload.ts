import { join } from 'node:path'
import type { Model } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import type { StripMetadata } from '../../config/config.ts'
import { isDuplicateKey } from '../../database/connect.ts'
import { fieldProblem, Problem } from '../../errors.ts'
import { withTemporaryFolder } from '../../lib/temporary-folder.ts'
import type { Decoder } from '../decoder.ts'
import type { Image } from '../image.ts'
import { stripped } from '../metadata/strip.ts'
import type { Draft, UploadIntents } from '../storage/upload-intents.ts'
import { inspect } from './inspect.ts'
import { receiveFile, storeFile, type UploadPart } from './receive-file.ts'
import { readForm, type UploadForm } from './upload-form.ts'

export interface UploadDeps {
  images: Model<Image>
  intents: UploadIntents
  decoder: Decoder
  stripMetadata: StripMetadata
}

interface Uploaded {
  image: Image
  /** An owner's same bytes are one image. */
  isNew: boolean
}

/**
 * Stores one image: its bytes as they stream in, then, when all is well, its document. Until then nobody sees it; whatever
 * fails leaves nothing, and a kill leaves an intent that the sweep follows.
 * @throws Problem for what is wrong with the upload
 */
export function upload(parts: AsyncIterable<UploadPart>, ownerId: string, deps: UploadDeps): Promise<Uploaded> {
  return withTemporaryFolder(folder => deps.intents.whileOpen(draft => take(parts, ownerId, { draft, folder }, deps)))
}

interface Workplace {
  draft: Draft
  folder: string
}

async function take(
  parts: AsyncIterable<UploadPart>,
  ownerId: string,
  { draft, folder }: Workplace,
  { images, decoder, stripMetadata }: UploadDeps,
): Promise<Uploaded> {
  const sent = join(folder, 'sent')
  const asItCame = stripMetadata === 'none'
  const { file, fields } = await receiveFile(parts, sent, asItCame ? draft.blob : undefined)
  const { sha256: expected, ...form } = readForm(fields)
  if (expected && expected.toLowerCase() !== file.sha256)
    throw fieldProblem('/sha256', `is ${file.sha256}`, 'sha256_mismatch')
  const existing = await findSame(images, ownerId, file.sha256)
  if (existing) return { image: existing, isNew: false }

  const kept = asItCame ? sent : join(folder, 'kept')
  const { bytes, sha256 } = asItCame ? file : await storeFile(stripped(sent, stripMetadata), kept, draft.blob)
  const inspection = await inspect(kept, decoder)
  await draft.blob.end()
  const now = new Date()
  const image: Image = {
    _id: uuidv7(),
    ownerId,
    blobId: draft.blob.id,
    fileName: file.fileName,
    bytes,
    sha256,
    uploadedSha256: file.sha256,
    ...inspection,
    ...described(form),
    revision: 1,
    uploadedAt: now,
    updatedAt: now,
  }
  const isNew = await makeStand(image, draft, images)
  const first = isNew ? image : await findSame(images, ownerId, file.sha256)
  if (!first)
    throw new Problem('unavailable', { detail: 'the same image was just deleted', headers: { 'retry-after': '1' } })
  return { image: first, isNew }
}

function described(form: Omit<UploadForm, 'sha256'>) {
  return { altText: '', title: '', description: '', tags: [], visibility: 'public' as const, ...form }
}

function findSame(images: Model<Image>, ownerId: string, uploadedSha256: string): Promise<Image | null> {
  return images.findOne({ ownerId, uploadedSha256 }).lean<Image>().exec()
}

/** The intent goes, blob and image come, in one transaction. False when the owner's same bytes were faster. */
async function makeStand(image: Image, draft: Draft, images: Model<Image>): Promise<boolean> {
  try {
    await draft.place({ imageId: image._id, kind: 'original' }, async session => {
      await images.create([image], { session })
    })
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}
