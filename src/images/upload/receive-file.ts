import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Problem } from '../../errors.ts'
import type { BlobWriter } from '../storage/blob-writer.ts'

/** A part of a multipart upload. */
export type UploadPart =
  | { kind: 'field'; name: string; value: string }
  | { kind: 'file'; fileName: string; bytes: AsyncIterable<Buffer> }

/** Size and hash of written bytes. */
export interface Written {
  bytes: number
  sha256: string
}

/** The file and the fields of an upload. */
interface Received {
  file: Written & { fileName: string }
  fields: [name: string, value: string][]
}

/**
 * Receives the parts of an upload. The file is written to `path` and, if given, to the blob.
 * @param parts in any order
 * @throws Problem `file_missing`, `file_repeated`, `file_empty`; what reading the parts throws
 */
export async function receiveFile(
  parts: AsyncIterable<UploadPart>,
  path: string,
  blob: BlobWriter | undefined,
): Promise<Received> {
  const fields: Received['fields'] = []
  let file: Received['file'] | undefined
  for await (const part of parts) {
    if (part.kind === 'field') fields.push([part.name, part.value])
    else if (file) throw new Problem('file_repeated')
    else {
      file = { fileName: part.fileName, ...(await storeFile(part.bytes, path, blob)) }
      if (file.bytes === 0) throw new Problem('file_empty')
    }
  }
  if (!file) throw new Problem('file_missing')
  return { file, fields }
}

/** Writes bytes to a new file and, if given, to a blob, and hashes them. @returns size and SHA-256 in hex */
export async function storeFile(
  source: AsyncIterable<Buffer>,
  path: string,
  blob: BlobWriter | undefined,
): Promise<Written> {
  const hash = createHash('sha256')
  const file: FileHandle = await open(path, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.length
      // Not `write`, which may write fewer bytes than given.
      await Promise.all([file.writeFile(chunk), blob?.write(chunk)])
    }
  } finally {
    await file.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}
