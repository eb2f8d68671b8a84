import { aurora } from '../pictures/landscapes/aurora.ts'
import { dunes } from '../pictures/landscapes/dunes.ts'
import { night } from '../pictures/landscapes/night.ts'
import { ridges } from '../pictures/landscapes/ridges.ts'
import { sea } from '../pictures/landscapes/sea.ts'
import { DAWN, DUSK, EMBER, MIST, NIGHT, NOON, POLAR } from '../pictures/palettes.ts'
import type { Picture } from '../pictures/picture.ts'

export const LANDSCAPES: Picture[] = [
  {
    title: 'First light',
    altText: 'Pale mountain ridges one behind the other below a rising sun',
    description: 'The seventh ridge is forty kilometres away.',
    tags: ['landscape', 'mountains', 'warm'],
    ratio: '3:2',
    paint: ridges(DAWN),
  },
  {
    title: 'Sunset at sea',
    altText: 'The sun above a calm sea that reflects its orange light',
    description: 'Taken from the ferry, a few minutes before the light went.',
    tags: ['landscape', 'sea', 'warm'],
    ratio: '3:2',
    paint: sea(DUSK),
  },
  {
    title: 'Northern lights',
    altText: 'Green northern lights with violet edges over a wood of firs',
    description: 'It lasted for four minutes. Nobody said a word.',
    tags: ['landscape', 'night', 'cool'],
    ratio: '16:9',
    paint: aurora(POLAR),
  },
  {
    title: 'Dunes at five',
    altText: 'Orange sand dunes with long shadows below a low sun',
    tags: ['landscape', 'warm'],
    ratio: '3:2',
    paint: dunes(EMBER),
  },
  {
    title: 'Evening over the pass',
    altText: 'Dark mountain ridges against an orange and violet evening sky',
    tags: ['landscape', 'mountains', 'warm'],
    ratio: '16:9',
    paint: ridges(DUSK),
  },
  {
    title: 'Milky Way over the wood',
    altText: 'The band of the Milky Way above the tops of fir trees',
    description: 'Thirty seconds, no moon, and two very cold hands.',
    tags: ['landscape', 'night', 'cool'],
    ratio: '2:3',
    paint: night(NIGHT, { moon: false }),
  },
  {
    title: 'Morning swim',
    altText: 'A pink morning sky over a still sea with a broad glitter of light',
    tags: ['landscape', 'sea', 'warm'],
    ratio: '4:5',
    paint: sea(DAWN),
  },
  {
    title: 'Fog in the valleys',
    altText: 'Grey mountain ridges in fog, hardly darker than the sky',
    description: 'An hour later nothing was to be seen at all.',
    tags: ['landscape', 'mountains', 'monochrome', 'minimal'],
    ratio: '4:5',
    paint: ridges(MIST),
  },
  {
    title: 'Clear day, seven ridges',
    altText: 'Blue-green mountain ridges that fade towards a bright horizon',
    tags: ['landscape', 'mountains', 'cool'],
    ratio: '3:2',
    paint: ridges(NOON),
  },
  {
    title: 'Noon on the bay',
    altText: 'A bright sun over a blue-green sea with white reflections',
    tags: ['landscape', 'sea', 'cool'],
    ratio: '16:9',
    paint: sea(NOON),
    owner: 1,
  },
  {
    title: 'Rose desert',
    altText: 'Pink dunes with violet shadows below a morning sky',
    tags: ['landscape', 'warm'],
    ratio: '2:3',
    paint: dunes(DAWN),
    owner: 2,
  },
  {
    title: 'Moonlit range',
    altText: 'Dark blue mountain ridges below a full moon',
    tags: ['landscape', 'mountains', 'night', 'cool'],
    ratio: '2:3',
    paint: ridges(NIGHT),
  },
  {
    title: 'Still water',
    altText: 'A pale sun over a grey sea without any waves to speak of',
    tags: ['landscape', 'sea', 'monochrome', 'minimal'],
    ratio: '3:1',
    paint: sea(MIST),
  },
  {
    title: 'Full moon',
    altText: 'A full moon among stars above a wood of firs',
    tags: ['landscape', 'night', 'cool'],
    ratio: '1:1',
    paint: night(NIGHT, { moon: true }),
  },
  {
    title: 'Night ferry',
    altText: 'The moon over a dark sea, with a narrow path of light on the water',
    tags: ['landscape', 'sea', 'night', 'cool'],
    ratio: '9:16',
    paint: sea(NIGHT),
  },
  {
    title: 'The long ridge',
    altText: 'A wide panorama of mountain ridges in red evening light',
    tags: ['landscape', 'mountains', 'warm'],
    ratio: '3:1',
    paint: ridges(EMBER),
    owner: 0,
  },
  {
    title: 'Northern lights, later',
    altText: 'Curtains of green light in a dark sky, with firs below',
    tags: ['landscape', 'night', 'cool'],
    ratio: '4:5',
    paint: aurora(POLAR),
    owner: 0,
    isPrivate: true,
  },
]
