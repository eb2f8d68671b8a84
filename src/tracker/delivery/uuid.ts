/** Returns a new UUIDv7 (RFC 9562) of a time in Unix ms. Unlike `crypto.randomUUID`, it exists on pages that came over plain http. */
export function uuidV7(time: number): string {
  const stamp = Math.floor(time).toString(16).padStart(12, '0')
  const random = randomHex()
  const variant = '89ab'.charAt(Number.parseInt(random.charAt(3), 16) % 4)
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}

/** Returns the time of a UUIDv7 in Unix ms. */
export function timeOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}

/** Returns 16 random bytes in hex. */
export function randomHex(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
