const GROUPS = /(.{8})(.{4})(.{4})(.{4})/
/** The digit of the variant. RFC 9562 allows 8 to b there; here 9 means that the clock of the device has told the time. */
const VARIANT_AT = 19
const OF_DEVICE = '9'

/**
 * Returns a new UUIDv7 (RFC 9562) of a time in Unix ms. Unlike `crypto.randomUUID`, it exists on pages that came over plain http.
 * @param isDeviceTime whether the clock of the device has told the time; the id remembers it
 */
export function uuidV7(time: number, isDeviceTime: boolean): string {
  const stamp = Math.round(time).toString(16).padStart(12, '0')
  const variant = isDeviceTime ? OF_DEVICE : '8'
  const random = randomHex()
  return `${stamp}7${random.slice(0, 3)}${variant}${random.slice(3, 18)}`.replace(GROUPS, '$1-$2-$3-$4-')
}

/** Returns the time of a UUIDv7 in Unix ms. */
export function timeOf(uuid: string): number {
  return Number(`0x${uuid.slice(0, 8)}${uuid.slice(9, 13)}`)
}

/** Whether the clock of the device has told the time of an id. */
export function isOfDevice(uuid: string): boolean {
  return uuid[VARIANT_AT] === OF_DEVICE
}

/** Returns 16 random bytes in hex. */
export function randomHex(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
