import { join } from 'node:path'
import type { Model } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import type { StripMetadata } from '../../config/config.ts'
import { isDuplicateKey } from '../../database/connect.ts'
import { fieldProblem, Problem } from '../../errors.ts'
import { withTemporaryFolder } from '../../lib/temporary-folder.ts'
import type { Decoder } from '../decoding/decoder.ts'
import { type Image, tagFields } from '../image.ts'
import { stripped } from '../metadata/strip.ts'
import type { Draft, UploadIntents } from '../storage/upload-intents.ts'
import { inspect } from './inspect.ts'
import type { Quotas } from './quotas.ts'
import { receiveFile, storeFile, type UploadPart } from './receive-file.ts'
import { readForm, type UploadForm } from './upload-form.ts'

/** The dependencies of an upload. */
export interface UploadDeps {
  images: Model<Image>
  intents: UploadIntents
  decoder: Decoder
  quotas: Quotas
  stripMetadata: StripMetadata
}

interface Uploaded {
  image: Image
  /** False when the owner has uploaded the same bytes before. */
  isNew: boolean
}

/**
 * Stores an uploaded image: its bytes while they arrive, then its document, which makes it visible. An error leaves nothing behind;
 * after a crash the sweep removes what the upload intent names.
 * @param ownerId account that the image will belong to
 * @param signal of the client that leaves: an upload that waits for the decoder is given up
 * @returns the image; the existing one when the owner has uploaded the same bytes before
 * @throws Problem `sha256_mismatch`; `unavailable` when it took too long or the same image was deleted meanwhile; `quota_exceeded`; as `receiveFile`,
 *   `readForm`, `stripped` and `inspect` do
 */
export function upload(
  parts: AsyncIterable<UploadPart>,
  ownerId: string,
  deps: UploadDeps,
  signal?: AbortSignal,
): Promise<Uploaded> {
  return withTemporaryFolder(folder =>
    deps.intents.withDraft(draft => store(parts, ownerId, { draft, folder, signal }, deps)),
  )
}

interface Workspace {
  signal: AbortSignal | undefined
  draft: Draft
  /** Temporary folder. */
  folder: string
}

/** Receives, checks and commits an upload; see `upload`. */
async function store(
  parts: AsyncIterable<UploadPart>,
  ownerId: string,
  { draft, folder, signal }: Workspace,
  { images, decoder, quotas, stripMetadata }: UploadDeps,
): Promise<Uploaded> {
  const receivedPath = join(folder, 'received')
  const isUnchanged = stripMetadata === 'none'
  const { file, fields } = await receiveFile(parts, receivedPath, isUnchanged ? draft.blob : undefined)
  const { sha256: expected, ...form } = readForm(fields)
  if (expected && expected.toLowerCase() !== file.sha256)
    throw fieldProblem('/sha256', `the received file has the SHA-256 ${file.sha256}`, 'sha256_mismatch')
  const existing = await findSame(images, ownerId, file.sha256)
  if (existing) return { image: existing, isNew: false }
  await quotas.checkRoomFor(file.bytes, ownerId)

  const storedPath = isUnchanged ? receivedPath : join(folder, 'stripped')
  const { bytes, sha256 } = isUnchanged
    ? file
    : await storeFile(stripped(receivedPath, stripMetadata), storedPath, draft.blob)
  const inspection = await inspect(storedPath, decoder, { client: ownerId, signal })
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
    ...withDefaults(form),
    revision: 1,
    uploadedAt: now,
    updatedAt: now,
  }
  const isNew = await commit(image, draft, { images, quotas })
  // A concurrent upload of the same bytes may have been committed first.
  const committed = isNew ? image : await findSame(images, ownerId, file.sha256)
  if (!committed)
    throw new Problem('unavailable', {
      detail: 'the same image has just been deleted',
      headers: { 'retry-after': '1' },
    })
  return { image: committed, isNew }
}

function withDefaults({ tags = [], ...form }: Omit<UploadForm, 'sha256'>) {
  const texts = { altText: '', title: '', description: '', visibility: 'public' as const }
  return { ...texts, ...form, ...tagFields(tags) }
}

/** Returns the owner's image that was made of the same file. */
function findSame(images: Model<Image>, ownerId: string, uploadedSha256: string): Promise<Image | null> {
  return images.findOne({ ownerId, uploadedSha256 }).lean<Image>().exec()
}

/** Replaces the upload intent by blob and image, in one transaction. @returns false when the owner has the same bytes already */
async function commit(
  image: Image,
  draft: Draft,
  { images, quotas }: Pick<UploadDeps, 'images' | 'quotas'>,
): Promise<boolean> {
  try {
    await draft.place({ imageId: image._id, kind: 'original' }, async session => {
      // The quota comes second: a repeated image is no further one.
      await images.create([image], { session })
      await quotas.checkInserted(image.ownerId, session)
    })
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}
