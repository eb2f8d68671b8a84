import { CITRUS, DEEP, INK, LAGOON, MEADOW, PLUM, PRIMARY, ROSE, TERRACOTTA } from '../pictures/palettes.ts'
import type { Picture } from '../pictures/picture.ts'
import { arches } from '../pictures/shapes/arches.ts'
import { bauhaus } from '../pictures/shapes/bauhaus.ts'
import { branches } from '../pictures/shapes/branches.ts'
import { florets } from '../pictures/shapes/florets.ts'
import { grid } from '../pictures/shapes/grid.ts'
import { letters } from '../pictures/shapes/letters.ts'
import { stems } from '../pictures/shapes/stems.ts'
import { veils } from '../pictures/shapes/veils.ts'

export const SHAPES: Picture[] = [
  {
    title: 'Apple tree',
    altText: 'A tree with fine branches and leaves in green, rose and yellow',
    tags: ['botanical', 'warm'],
    ratio: '1:1',
    paint: branches(MEADOW),
  },
  {
    title: 'Building blocks',
    altText: 'Circles, quarters, stripes and triangles in red, yellow, blue and black',
    tags: ['geometric', 'pattern', 'warm'],
    ratio: '4:5',
    paint: bauhaus(PRIMARY, { columns: 4 }),
  },
  {
    title: 'Look',
    altText: 'A poster with the word LOOK in black, red and yellow letters',
    tags: ['poster', 'minimal'],
    ratio: '2:3',
    paint: letters(PRIMARY, { words: ['LO', 'OK'] }),
    format: 'png',
  },
  {
    title: 'Rainbow at home',
    altText: 'Arches in terracotta and green with a sand-coloured disc',
    tags: ['minimal', 'geometric', 'warm'],
    ratio: '4:5',
    paint: arches(TERRACOTTA),
  },
  {
    title: 'Herbarium, June',
    altText: 'Flowers and leafy stems in yellow, rose and green on light paper',
    description: 'Collected along the railway line.',
    tags: ['botanical', 'warm'],
    ratio: '2:3',
    paint: stems(MEADOW, { count: 5 }),
  },
  {
    title: 'Broadway',
    altText: 'Rectangles in white, yellow and blue between black bars',
    tags: ['geometric', 'abstract', 'minimal'],
    ratio: '1:1',
    paint: grid(PRIMARY),
    format: 'png',
  },
  {
    title: 'Sunflower',
    altText: 'Yellow, orange and green dots in the spirals of a sunflower on dark green',
    description: '620 dots, each 137.5 degrees after the one before.',
    tags: ['botanical', 'geometric', 'warm'],
    ratio: '1:1',
    paint: florets({ ...CITRUS, ground: CITRUS.ink }),
  },
  {
    title: 'Slow down',
    altText: 'A poster with the words SLOW DOWN in tall blue letters',
    tags: ['poster', 'cool'],
    ratio: '4:5',
    paint: letters(LAGOON, { words: ['SLOW', 'DOWN'] }),
  },
  {
    title: 'Embers',
    altText: 'Soft lights in apricot, crimson and violet on a dark ground',
    tags: ['abstract', 'minimal', 'warm'],
    ratio: '3:2',
    paint: veils(PLUM),
    isPrivate: true,
  },
  {
    title: 'Quilt',
    altText: 'Quarters, discs and stripes in rose, green and sand, like a quilt',
    tags: ['geometric', 'pattern', 'warm'],
    ratio: '3:2',
    paint: bauhaus(ROSE, { columns: 6 }),
    format: 'png',
  },
  {
    title: 'Winter tree',
    altText: 'A tree with grey leaves on white paper',
    tags: ['botanical', 'monochrome'],
    ratio: '4:5',
    paint: branches(INK),
    format: 'png',
  },
  {
    title: 'Gate',
    altText: 'Golden and turquoise arches with a disc on a dark blue ground',
    tags: ['minimal', 'geometric', 'cool'],
    ratio: '2:3',
    paint: arches(DEEP),
  },
  {
    title: 'Hello summer',
    altText: 'A poster with the words HELLO SUMMER in green, orange and red letters',
    tags: ['poster', 'warm'],
    ratio: '16:9',
    paint: letters(CITRUS, { words: ['HELLO', 'SUMMER'] }),
    owner: 1,
    isPrivate: true,
  },
  {
    title: 'One flower',
    altText: 'A single apricot flower on a long stem on rose-coloured paper',
    tags: ['botanical', 'minimal', 'warm'],
    ratio: '9:16',
    paint: stems(ROSE, { count: 1 }),
  },
  {
    title: 'Night class',
    altText: 'A long frieze of discs, quarters and stripes in blue, gold and orange',
    tags: ['geometric', 'pattern', 'cool'],
    ratio: '3:1',
    paint: bauhaus(DEEP, { columns: 12 }),
    format: 'webp',
  },
  {
    title: 'Dahlia',
    altText: 'Rose, apricot and violet dots in the spirals of a flower on a dark ground',
    tags: ['botanical', 'geometric', 'warm'],
    ratio: '4:5',
    paint: florets(PLUM),
    format: 'webp',
    owner: 2,
  },
  {
    title: 'After rain',
    altText: 'Soft lights in turquoise, mint and orange that flow into one another',
    tags: ['abstract', 'minimal', 'cool'],
    ratio: '16:9',
    paint: veils(LAGOON),
  },
]
