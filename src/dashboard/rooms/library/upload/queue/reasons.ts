import { Problem } from '../../../../api/problem.ts'
import { bytes } from '../../../../format/numbers.ts'
import { textOf } from '../../../../ui/feedback/failure.tsx'

/** Problems that stay as long as the file is the same one, in plain words. */
const REFUSALS: Record<string, (file: File) => string> = {
  file_too_large: file => `Too large: ${bytes(file.size)} is more than this service accepts.`,
  file_empty: () => 'The file is empty.',
  unsupported_image: file =>
    /\.hei[cf]$/i.test(file.name)
      ? 'HEIC photos are not supported: save it as a JPEG first.'
      : 'Not an image of a supported type: JPEG, PNG, WebP, GIF or AVIF.',
  corrupt_image: () => 'The image is damaged.',
  image_too_large: () => 'The image has too many pixels.',
}

/** Returns why a file failed, in plain words. @param isFinal whether another attempt would fail as well */
export function reasonOf(error: unknown, file: File): { why: string; isFinal: boolean } {
  if (!(error instanceof Problem)) return { why: 'The file can not be read any more.', isFinal: true }
  // A proxy may refuse a large file, in words of its own.
  const refusal = REFUSALS[error.status === 413 ? 'file_too_large' : error.code]
  if (refusal) return { why: refusal(file), isFinal: true }
  if (error.status === 401) return { why: 'Sign in, then try again.', isFinal: false }
  return { why: textOf(error), isFinal: false }
}
