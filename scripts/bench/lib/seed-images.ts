import type { mongo } from 'mongoose'
import type { Image } from '../../../src/images/image.ts'

const AT_ONCE = 5_000
const LANES = 2
const OWNERS = 1_000
const TAGS = 500

/** Documents of images without bytes, a second apart. @returns the ids of some of them */
export async function seedImages(db: mongo.Db, count: number): Promise<string[]> {
  const ids: string[] = []
  let next = 0
  const lane = async () => {
    for (let from = next; from < count; from = next) {
      next = from + AT_ONCE
      const documents = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => anImage(from + i, count))
      await db.collection<Image>('images').insertMany(documents, { ordered: false })
      ids.push(documents[0]?._id ?? '')
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return ids
}

function anImage(n: number, count: number): Image {
  const sum = String(n).padStart(64, '0')
  const uploadedAt = new Date(Date.UTC(2026, 0, 1) + n * 1_000)
  return {
    _id: `seeded-${n}`,
    // A page is full in a small library as well.
    ownerId: `owner-${n % Math.min(OWNERS, count / 50)}`,
    blobId: `none-${n}`,
    fileName: 'seeded.jpg',
    mediaType: 'image/jpeg',
    bytes: 1,
    width: 1,
    height: 1,
    sha256: sum,
    uploadedSha256: sum,
    orientation: 1,
    animated: false,
    hasAlpha: false,
    placeholder: '',
    altText: '',
    title: `Picture ${n}`,
    description: '',
    tags: [`tag-${n % Math.min(TAGS, count / 50)}`],
    visibility: 'public',
    revision: 1,
    uploadedAt,
    updatedAt: uploadedAt,
  }
}
