import { createHash } from 'node:crypto'
import sharp from 'sharp'

/** A picture of noise: as many bytes as its pixels let it have, and no two alike. */
export function noise(
  width: number,
  height: number,
  format: 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' = 'jpeg',
): Promise<Buffer> {
  const create = { width, height, channels: 3 as const, background: '#808080' }
  return sharp({ create: { ...create, noise: { type: 'gaussian', mean: 128, sigma: 50 } } })
    .toFormat(format, format === 'jpeg' ? { quality: 92 } : {})
    .toBuffer()
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
