/** Returns a new UUIDv7 (RFC 9562), which carries a time. Unlike `crypto.randomUUID`, it exists on pages that came over plain http. */
export function uuidV7(time = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  const random = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const stamp = time.toString(16).padStart(12, '0')
  const variant = (8 + Number.parseInt(random.charAt(4), 16) / 4) | 0
  return [
    stamp.slice(0, 8),
    stamp.slice(8),
    `7${random.slice(1, 4)}`,
    `${variant.toString(16)}${random.slice(5, 8)}`,
    random.slice(8),
  ].join('-')
}
