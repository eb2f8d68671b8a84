import sharp from 'sharp'

/** Returns a picture of crossing waves, as JPEG. */
export async function wavePicture(random: () => number): Promise<Buffer> {
  const [width, height] = [640, 480]
  const [a, b, c] = [random() * 0.05, random() * 0.05, random() * 6]
  const tint = [random(), random(), random()]
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const level = 128 + 127 * Math.sin(x * a + c) * Math.cos(y * b)
      for (let i = 0; i < 3; i++) pixels[(y * width + x) * 3 + i] = level * (tint[i] ?? 1)
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer()
}
