import { CITRUS, DEEP, INK, LAGOON, PLUM, ROSE, TERRACOTTA } from '../pictures/palettes.ts'
import { cubes } from '../pictures/patterns/cubes.ts'
import { flow } from '../pictures/patterns/flow.ts'
import { glass } from '../pictures/patterns/glass.ts'
import { moire } from '../pictures/patterns/moire.ts'
import { rings } from '../pictures/patterns/rings.ts'
import { scales } from '../pictures/patterns/scales.ts'
import { truchet } from '../pictures/patterns/truchet.ts'
import type { Picture } from '../pictures/picture.ts'

export const PATTERNS: Picture[] = [
  {
    title: 'Meander',
    altText: 'Blue and turquoise bands that wind and close to circles on a light ground',
    tags: ['pattern', 'geometric', 'cool'],
    ratio: '3:2',
    paint: truchet(LAGOON, { tiles: 12 }),
  },
  {
    title: 'Warm knots',
    altText: 'Broad bands in orange, green and brown that wind like knots',
    tags: ['pattern', 'geometric', 'warm'],
    ratio: '1:1',
    paint: truchet(TERRACOTTA, { tiles: 8 }),
  },
  {
    title: 'Chapel window',
    altText: 'Stained glass in violet, red and rose, brightest in its middle',
    description: 'The sun was behind the third pane from the top.',
    tags: ['pattern', 'abstract', 'warm'],
    ratio: '2:3',
    paint: glass(PLUM),
  },
  {
    title: 'Harbour window',
    altText: 'A tall window of stained glass in blue and green, with some orange panes',
    tags: ['pattern', 'abstract', 'cool'],
    ratio: '9:16',
    paint: glass(LAGOON),
  },
  {
    title: 'Orchard window',
    altText: 'Stained glass in green, yellow and orange',
    tags: ['pattern', 'abstract', 'warm'],
    ratio: '1:1',
    paint: glass(CITRUS),
    owner: 1,
  },
  {
    title: 'Currents',
    altText: 'Many fine lines in gold, blue and white that bend together on dark blue',
    tags: ['abstract', 'pattern', 'cool'],
    ratio: '16:9',
    paint: flow(DEEP),
  },
  {
    title: 'Wheat in the wind',
    altText: 'Fine lines in orange, sand and green that bend together, as in a wind',
    tags: ['abstract', 'pattern', 'warm'],
    ratio: '3:2',
    paint: flow(TERRACOTTA),
  },
  {
    title: 'Ink in water',
    altText: 'Black and grey lines that swirl on white paper',
    tags: ['abstract', 'pattern', 'monochrome'],
    ratio: '4:5',
    paint: flow(INK),
  },
  {
    title: 'Interference',
    altText: 'Two systems of dark rings that cross and form a star of stripes',
    description: 'Nothing moves. Promise.',
    tags: ['pattern', 'geometric', 'monochrome', 'minimal'],
    ratio: '1:1',
    paint: moire(INK),
    format: 'png',
  },
  {
    title: 'Two stones in a pond',
    altText: 'Two systems of blue rings that cross',
    tags: ['pattern', 'geometric', 'cool'],
    ratio: '16:9',
    paint: moire(LAGOON),
    format: 'webp',
  },
  {
    title: 'Growth rings',
    altText: 'Wavering rings in brown, orange and green around a centre, like those of a tree',
    tags: ['abstract', 'pattern', 'warm'],
    ratio: '1:1',
    paint: rings(TERRACOTTA),
  },
  {
    title: 'Agate',
    altText: 'Wavering rings in crimson, violet and apricot, like a cut stone',
    tags: ['abstract', 'pattern', 'warm'],
    ratio: '4:5',
    paint: rings(PLUM),
    format: 'webp',
  },
  {
    title: 'Seigaiha',
    altText: 'Rows of overlapping scales in blue, turquoise and orange, as on Japanese cloth',
    tags: ['pattern', 'geometric', 'cool'],
    ratio: '3:2',
    paint: scales(LAGOON, { columns: 9 }),
  },
  {
    title: 'Koi',
    altText: 'Rows of overlapping scales in rose, with a few in dark green',
    tags: ['pattern', 'geometric', 'warm'],
    ratio: '9:16',
    paint: scales(ROSE, { columns: 5 }),
    owner: 2,
  },
  {
    title: 'Upstairs',
    altText: 'A staircase of cubes in sand, orange and green, seen from above',
    tags: ['pattern', 'geometric', 'warm'],
    ratio: '4:5',
    paint: cubes(TERRACOTTA, { columns: 9 }),
  },
  {
    title: 'City of cubes',
    altText: 'Hundreds of cubes in blue, gold and white, like houses from above',
    tags: ['pattern', 'geometric', 'cool'],
    ratio: '16:9',
    paint: cubes(DEEP, { columns: 14 }),
  },
]
