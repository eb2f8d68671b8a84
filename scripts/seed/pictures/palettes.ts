import { type Colour, lch } from './colour.ts'

/** Colours that go together. */
export interface Palette {
  /** The paper. */
  ground: Colour
  /** The darkest colour, for lines. */
  ink: Colour
  colours: Colour[]
}

/** The light of a landscape. */
export interface Light {
  /** From the top to the horizon. */
  sky: Colour[]
  sun: Colour
  /** What is far away takes this colour. */
  haze: Colour
  /** The colour of what is near. */
  near: Colour
}

export const DAWN: Light = {
  sky: [lch(0.62, 0.07, 270), lch(0.76, 0.07, 330), lch(0.86, 0.08, 40), lch(0.93, 0.07, 75)],
  sun: lch(0.97, 0.06, 90),
  haze: lch(0.83, 0.06, 25),
  near: lch(0.25, 0.05, 290),
}
export const DUSK: Light = {
  sky: [lch(0.32, 0.09, 285), lch(0.48, 0.13, 330), lch(0.66, 0.17, 35), lch(0.83, 0.14, 70)],
  sun: lch(0.93, 0.1, 85),
  haze: lch(0.64, 0.13, 30),
  near: lch(0.18, 0.05, 300),
}
export const NOON: Light = {
  sky: [lch(0.62, 0.11, 245), lch(0.77, 0.08, 235), lch(0.9, 0.04, 220), lch(0.95, 0.02, 200)],
  sun: lch(0.99, 0.02, 100),
  haze: lch(0.82, 0.04, 225),
  near: lch(0.33, 0.06, 165),
}
export const MIST: Light = {
  sky: [lch(0.84, 0.015, 230), lch(0.88, 0.012, 220), lch(0.93, 0.01, 200), lch(0.95, 0.01, 120)],
  sun: lch(0.99, 0.01, 100),
  haze: lch(0.9, 0.012, 200),
  near: lch(0.36, 0.03, 205),
}
export const EMBER: Light = {
  sky: [lch(0.55, 0.13, 30), lch(0.68, 0.15, 50), lch(0.8, 0.14, 72), lch(0.9, 0.1, 90)],
  sun: lch(0.97, 0.08, 100),
  haze: lch(0.76, 0.12, 60),
  near: lch(0.24, 0.07, 20),
}
export const NIGHT: Light = {
  sky: [lch(0.14, 0.04, 280), lch(0.21, 0.07, 275), lch(0.31, 0.09, 262), lch(0.44, 0.08, 235)],
  sun: lch(0.96, 0.03, 95),
  haze: lch(0.36, 0.07, 250),
  near: lch(0.1, 0.025, 275),
}
export const POLAR: Light = {
  sky: [lch(0.12, 0.03, 260), lch(0.18, 0.05, 240), lch(0.26, 0.06, 200), lch(0.34, 0.06, 180)],
  sun: lch(0.84, 0.19, 155),
  haze: lch(0.3, 0.05, 200),
  near: lch(0.09, 0.02, 240),
}

export const TERRACOTTA: Palette = {
  ground: lch(0.94, 0.025, 80),
  ink: lch(0.27, 0.04, 40),
  colours: [lch(0.62, 0.14, 40), lch(0.78, 0.1, 70), lch(0.5, 0.07, 190), lch(0.4, 0.09, 25), lch(0.86, 0.05, 60)],
}
export const LAGOON: Palette = {
  ground: lch(0.95, 0.015, 190),
  ink: lch(0.25, 0.05, 250),
  colours: [lch(0.45, 0.1, 245), lch(0.62, 0.11, 220), lch(0.77, 0.1, 190), lch(0.88, 0.07, 165), lch(0.75, 0.14, 50)],
}
export const CITRUS: Palette = {
  ground: lch(0.97, 0.025, 100),
  ink: lch(0.3, 0.06, 145),
  colours: [lch(0.86, 0.16, 95), lch(0.77, 0.16, 65), lch(0.68, 0.18, 40), lch(0.76, 0.15, 125), lch(0.54, 0.11, 150)],
}
export const PLUM: Palette = {
  ground: lch(0.2, 0.045, 310),
  ink: lch(0.12, 0.03, 310),
  colours: [lch(0.5, 0.17, 345), lch(0.65, 0.18, 10), lch(0.8, 0.12, 45), lch(0.42, 0.14, 300), lch(0.9, 0.06, 70)],
}
export const MEADOW: Palette = {
  ground: lch(0.96, 0.02, 110),
  ink: lch(0.33, 0.06, 150),
  colours: [lch(0.5, 0.1, 145), lch(0.65, 0.12, 130), lch(0.72, 0.14, 20), lch(0.82, 0.12, 85), lch(0.6, 0.11, 300)],
}
export const PRIMARY: Palette = {
  ground: lch(0.95, 0.015, 90),
  ink: lch(0.2, 0.01, 270),
  colours: [lch(0.58, 0.2, 28), lch(0.84, 0.16, 88), lch(0.46, 0.15, 260), lch(0.93, 0.012, 90), lch(0.22, 0.01, 270)],
}
export const INK: Palette = {
  ground: lch(0.96, 0.008, 90),
  ink: lch(0.22, 0.01, 260),
  colours: [
    lch(0.22, 0.01, 260),
    lch(0.42, 0.01, 260),
    lch(0.6, 0.008, 260),
    lch(0.78, 0.006, 90),
    lch(0.88, 0.006, 90),
  ],
}
export const DEEP: Palette = {
  ground: lch(0.21, 0.05, 255),
  ink: lch(0.13, 0.03, 255),
  colours: [lch(0.82, 0.12, 85), lch(0.68, 0.13, 45), lch(0.6, 0.11, 205), lch(0.42, 0.1, 250), lch(0.93, 0.03, 90)],
}
export const ROSE: Palette = {
  ground: lch(0.95, 0.02, 30),
  ink: lch(0.32, 0.08, 15),
  colours: [lch(0.86, 0.06, 25), lch(0.74, 0.12, 15), lch(0.58, 0.16, 15), lch(0.8, 0.08, 60), lch(0.45, 0.06, 160)],
}
