import pLimit from 'p-limit'
import type { User } from '../../../src/accounts/users/user.ts'
import type { Database } from '../../../src/database/connect.ts'
import { images } from '../../../src/images/image.ts'
import { COLLECTION } from '../collection/collection.ts'
import { fileNameOf, fileOf, type Picture } from '../pictures/picture.ts'
import { post, signIn } from './client.ts'

const AT_ONCE = 4
/** So many of the pictures were there at the beginning of the history; the others came one by one. */
const FIRST = 24

/** Where the pictures go, and who owns them. */
export interface Place {
  url: string
  database: Database
  admin: Credentials
  people: User[]
  /** In ms. */
  history: number
}

interface Credentials {
  email: string
  password: string
}

/** Uploads all pictures. Their times of upload are spread over the history. @param uploaded is called after each */
export async function uploadPictures(place: Place, uploaded: (count: number) => void): Promise<void> {
  const { url, admin, people } = place
  const signedIn = new Map<number | undefined, Promise<{ authorization: string }>>()
  const headersOf = (owner: number | undefined) => {
    const email = owner === undefined ? admin.email : (people[owner]?.email ?? '')
    const headers = signedIn.get(owner) ?? signIn(url, { email, password: admin.password })
    signedIn.set(owner, headers)
    return headers
  }
  let count = 0
  await pLimit(AT_ONCE).map(COLLECTION, async (picture, i) => {
    const body = await formOf(picture)
    const { id } = await post(`${url}/v1/images`, { headers: await headersOf(picture.owner), body })
    const uploadedAt = timeOf(i, place.history)
    await images(place.database.connection).updateOne({ _id: id }, { uploadedAt, updatedAt: uploadedAt })
    uploaded(++count)
  })
}

async function formOf(picture: Picture): Promise<FormData> {
  const { title, altText, description = '', tags, isPrivate } = picture
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(await fileOf(picture))]), fileNameOf(picture))
  for (const [name, value] of Object.entries({ title, altText, description })) form.append(name, value)
  for (const tag of tags) form.append('tags', tag)
  if (isPrivate) form.append('visibility', 'private')
  return form
}

/** Returns when a picture was uploaded. */
function timeOf(i: number, history: number): Date {
  const share = Math.max(0, (i - FIRST + 1) / (COLLECTION.length - FIRST))
  return new Date(Date.now() - history * (1 - share) - (COLLECTION.length - i) * 60_000)
}
