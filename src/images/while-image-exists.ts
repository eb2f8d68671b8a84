import { Problem } from '../errors.ts'

/**
 * Runs work with the bytes of an image, which are removed before the image.
 * @throws Problem `not_found` when the work fails and the image no longer exists; otherwise the error of the work
 */
export async function whileImageExists<Result>(
  exists: () => Promise<boolean>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw (await exists()) ? error : new Problem('not_found', { detail: 'image not found' })
  }
}
