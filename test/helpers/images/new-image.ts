import { noise } from '../pictures.ts'
import type { Person } from '../world.ts'

/** Uploads a small image whose bytes no other image has, and returns its description. */
export async function newImage(owner: Person, fields: Record<string, string | string[]> = {}) {
  const { body } = await owner.uploads(await noise(20, 20), fields)
  return body
}
