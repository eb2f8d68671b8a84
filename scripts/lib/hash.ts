/** Returns an integer that derives from a text, to begin random numbers with. */
export function hashOf(text: string): number {
  return Array.from(text).reduce((hash, letter) => (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0, 7)
}
