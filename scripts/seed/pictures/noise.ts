const LATTICE = 256

/** Creates smooth noise in [0, 1] over a plane whose features have size 1. */
export function noiseFrom(random: () => number): (x: number, y: number) => number {
  const values = Float32Array.from({ length: LATTICE * LATTICE }, random)
  const at = (x: number, y: number) => values[(x & (LATTICE - 1)) + (y & (LATTICE - 1)) * LATTICE] as number
  return (x, y) => {
    const [left, top] = [Math.floor(x), Math.floor(y)]
    const [u, v] = [ease(x - left), ease(y - top)]
    const upper = at(left, top) + (at(left + 1, top) - at(left, top)) * u
    const lower = at(left, top + 1) + (at(left + 1, top + 1) - at(left, top + 1)) * u
    return upper + (lower - upper) * v
  }
}

/** Creates noise with details of smaller and smaller size, in [0, 1]. @param roughness share of each smaller size, 0 to 1 */
export function fractalFrom(random: () => number, octaves: number, roughness = 0.5) {
  const noise = noiseFrom(random)
  return (x: number, y: number): number => {
    let [sum, total, weight, scale] = [0, 0, 1, 1]
    for (let i = 0; i < octaves; i++) {
      sum += weight * noise(x * scale + i * 17, y * scale + i * 31)
      total += weight
      weight *= roughness
      scale *= 2
    }
    return sum / total
  }
}

function ease(t: number): number {
  return t * t * (3 - 2 * t)
}
