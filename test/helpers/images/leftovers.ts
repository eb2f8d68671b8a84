import type { mongo } from 'mongoose'

/** Returns whether every stored blob belongs to an image and no upload intent is left. */
export async function noUploadIsLeft(db: mongo.Db): Promise<boolean> {
  const blobIds = await db.collection('images').distinct('blobId')
  const orphans = await db.collection('blobs.chunks').countDocuments({ files_id: { $nin: blobIds } })
  const files = await db.collection('blobs.files').countDocuments({ _id: { $nin: blobIds } })
  return orphans === 0 && files === 0 && (await db.collection('uploads').countDocuments()) === 0
}
