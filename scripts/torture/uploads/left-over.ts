import type { mongo } from 'mongoose'

/** Counts what remains without an image, and the open upload intents. */
export async function leftOver(db: mongo.Db): Promise<Record<string, number>> {
  const blobIds = await db.collection('images').distinct('blobId')
  const orphans = { $nin: blobIds }
  return {
    chunks: await db.collection('blobs.chunks').countDocuments({ files_id: orphans }),
    files: await db.collection('blobs.files').countDocuments({ _id: orphans }),
    intents: await db.collection('uploads').countDocuments({}),
  }
}
