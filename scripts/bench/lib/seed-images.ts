import type { mongo } from 'mongoose'
import { type Image, tagFields } from '../../../src/images/image.ts'

const BATCH_SIZE = 5_000
const LANES = 2
const OWNERS = 1_000
const TAGS = 500

/** Inserts documents of images without files, one second apart. @returns the ids of some of them */
export async function seedImages(db: mongo.Db, count: number): Promise<string[]> {
  const ids: string[] = []
  let next = 0
  const lane = async () => {
    for (let from = next; from < count; from = next) {
      next = from + BATCH_SIZE
      const documents = Array.from({ length: Math.min(BATCH_SIZE, count - from) }, (_, i) =>
        imageDocument(from + i, count),
      )
      await db.collection<Image>('images').insertMany(documents, { ordered: false })
      ids.push(documents[0]?._id ?? '')
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return ids
}

function imageDocument(n: number, count: number): Image {
  const sha256 = String(n).padStart(64, '0')
  const uploadedAt = new Date(Date.UTC(2026, 0, 1) + n * 1_000)
  return {
    _id: `seeded-${n}`,
    // Few enough owners and tags that a page is full in a small library too.
    ownerId: `owner-${n % Math.min(OWNERS, count / 50)}`,
    blobId: `none-${n}`,
    fileName: 'seeded.jpg',
    mediaType: 'image/jpeg',
    bytes: 1,
    width: 1,
    height: 1,
    sha256,
    uploadedSha256: sha256,
    orientation: 1,
    animated: false,
    hasAlpha: false,
    placeholder: '',
    altText: '',
    title: `Picture ${n}`,
    description: '',
    ...tagFields([`tag-${n % Math.min(TAGS, count / 50)}`]),
    visibility: 'public',
    revision: 1,
    uploadedAt,
    updatedAt: uploadedAt,
  }
}
