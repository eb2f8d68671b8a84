import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { mongo } from 'mongoose'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'

/** Returns whether every stored blob belongs to an image and no upload intent is left. */
export async function noUploadIsLeft(db: mongo.Db): Promise<boolean> {
  const blobIds = await db.collection('images').distinct('blobId')
  const orphans = await db.collection('blobs.chunks').countDocuments({ files_id: { $nin: blobIds } })
  const files = await db.collection('blobs.files').countDocuments({ _id: { $nin: blobIds } })
  return orphans === 0 && files === 0 && (await db.collection('uploads').countDocuments()) === 0
}

/** Returns the number of folders with files that are being received or decoded. */
export function workFolders(): Promise<number> {
  return withTemporaryFolder(
    async folder => (await readdir(dirname(folder))).filter(name => /^work-/.test(name)).length - 1,
  )
}
