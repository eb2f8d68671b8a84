import { Problem } from '../errors.ts'

/**
 * Works with the bytes of an image. Where that fails because the image has gone meanwhile, and its bytes first, it says so.
 * @throws Problem `not_found` then, or what the work throws
 */
export async function whileImageExists<Result>(
  stands: () => Promise<boolean>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw (await stands()) ? error : new Problem('not_found')
  }
}
