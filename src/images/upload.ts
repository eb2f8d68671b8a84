import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Model, mongo } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { isDuplicateKey } from '../database/connect.ts'
import { fieldProblem, Problem } from '../errors.ts'
import type { Blobs } from './blobs.ts'
import type { Image } from './image.ts'
import { inspect } from './inspect.ts'
import type { Intents } from './intents.ts'
import { readForm } from './upload-form.ts'

/** A part of an upload, in the order it came. */
export type UploadPart =
  | { kind: 'field'; name: string; value: string }
  | { kind: 'file'; fileName: string; bytes: AsyncIterable<Buffer>; isTruncated: () => boolean }

export interface UploadDeps {
  client: mongo.MongoClient
  images: Model<Image>
  blobs: Blobs
  intents: Intents
  maxPixels: number
}

interface StoredFile {
  fileName: string
  bytes: number
  sha256: string
}

/**
 * Stores one image: its bytes as they stream in, then, when all is well, its document. Until then nobody sees it; whatever
 * fails leaves nothing, and a kill leaves an intent that the sweep follows.
 * @returns the image, and whether it is new: an owner's same bytes are one image
 * @throws Problem for what is wrong with the upload
 */
export async function upload(
  parts: AsyncIterable<UploadPart>,
  ownerId: string,
  deps: UploadDeps,
): Promise<{ image: Image; isNew: boolean }> {
  const imageId = uuidv7()
  const blobId = randomUUID()
  const folder = await mkdtemp(join(tmpdir(), 'glance-upload-'))
  await deps.intents.open(blobId)
  let stands = false
  try {
    const spool = join(folder, 'file')
    const { file, fields } = await receive(parts, spool, chunkWriter(deps.blobs, blobId, imageId))
    const { sha256: expected, ...form } = readForm(fields)
    if (expected && expected.toLowerCase() !== file.sha256)
      throw fieldProblem('/sha256', `is ${file.sha256}`, 'sha256_mismatch')
    const existing = await findSame(deps.images, ownerId, file.sha256)
    if (existing) return { image: existing, isNew: false }
    const inspection = await inspect(spool, deps.maxPixels)
    const now = new Date()
    const image: Image = {
      _id: imageId,
      ownerId,
      blobId,
      ...file,
      uploadedSha256: file.sha256,
      ...inspection,
      altText: '',
      title: '',
      description: '',
      tags: [],
      visibility: 'public',
      ...form,
      revision: 1,
      uploadedAt: now,
      updatedAt: now,
    }
    stands = await makeStand(image, deps)
    const first = stands ? image : await findSame(deps.images, ownerId, file.sha256)
    if (!first)
      throw new Problem('unavailable', { detail: 'the same image was just deleted', headers: { 'retry-after': '1' } })
    return { image: first, isNew: stands }
  } finally {
    await rm(folder, { recursive: true, force: true })
    if (!stands) await deps.intents.abandon(blobId, deps.blobs)
  }
}

function findSame(images: Model<Image>, ownerId: string, uploadedSha256: string): Promise<Image | null> {
  return images.findOne({ ownerId, uploadedSha256 }).lean<Image>().exec()
}

/** The intent goes and the image comes in one transaction. False when the owner's same bytes were faster. */
async function makeStand(image: Image, { client, images, intents }: UploadDeps): Promise<boolean> {
  try {
    await client.withSession(session =>
      session.withTransaction(async () => {
        await intents.close(image.blobId, session)
        await images.create([image], { session })
      }),
    )
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}

type WriteChunk = { write(chunk: Buffer): Promise<void>; end(): Promise<void>; abort(): Promise<void> }

async function receive(parts: AsyncIterable<UploadPart>, spool: string, blob: WriteChunk) {
  const fields: [string, string][] = []
  let file: StoredFile | undefined
  try {
    for await (const part of parts) {
      if (part.kind === 'field') fields.push([part.name, part.value])
      else if (file) throw new Problem('file_repeated')
      else file = await store(part, spool, blob)
    }
    if (!file) throw new Problem('file_missing')
    await blob.end()
    return { file, fields }
  } catch (error) {
    await blob.abort()
    throw error
  }
}

/** Writes the bytes to the blob and, for the decoder, to a file, while they are hashed. */
async function store(part: Extract<UploadPart, { kind: 'file' }>, path: string, blob: WriteChunk): Promise<StoredFile> {
  const hash = createHash('sha256')
  const spool: FileHandle = await open(path, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of part.bytes) {
      hash.update(chunk)
      bytes += chunk.length
      await Promise.all([blob.write(chunk), spool.write(chunk)])
    }
  } finally {
    await spool.close()
  }
  if (part.isTruncated()) throw new Problem('payload_too_large', { detail: 'the file is too large' })
  if (bytes === 0) throw new Problem('file_empty')
  return { fileName: part.fileName, bytes, sha256: hash.digest('hex') }
}

/** The blob is opened with the first chunk: an upload without a file writes nothing. */
function chunkWriter(blobs: Blobs, blobId: string, imageId: string): WriteChunk {
  let stream: mongo.GridFSBucketWriteStream | undefined
  let failure: Error | undefined
  return {
    async write(chunk) {
      stream ??= blobs.write(blobId, { imageId, kind: 'original' }).on('error', error => {
        failure = error
      })
      if (failure) throw failure
      if (!stream.write(chunk)) await once(stream, 'drain')
    },
    async end() {
      if (failure) throw failure
      if (!stream) return
      stream.end()
      await once(stream, 'finish')
    },
    async abort() {
      stream?.destroy()
    },
  }
}
