import { choose } from '../choose.ts'
import type { DemoTag } from '../pictures/picture.ts'
import type { Exhibit } from './exhibit.ts'

/** What people write, by what they see. */
const COMMENTS: Partial<Record<DemoTag, string[]>> = {
  mountains: [
    'I could walk there for days.',
    'Which range is this?',
    'The haze between the ridges is lovely.',
    'I counted seven ridges, then I gave up.',
    'This is my new desktop background.',
    'Makes me want to pack a rucksack.',
    'So quiet.',
    'How early did you have to get up for this?',
  ],
  sea: [
    'I can almost hear the water.',
    'The light on the water is perfect.',
    'Where is this?',
    'This takes me back to last summer.',
    'The horizon is straight, thank you!',
    'I would hang this in the hall.',
    'Calm. Just calm.',
  ],
  night: [
    'How cold was it?',
    'I have never seen the sky like this.',
    'What a night.',
    'The firs make it.',
    'Looks great on a dark screen.',
    'Worth staying up for.',
  ],
  geometric: [
    'I found a mistake, and I like it.',
    'This would make a wonderful floor.',
    'Can I get this as a tea towel?',
    'My eyes!',
    'The more I look, the more I see.',
    'Great colours.',
    'Very tidy. I like it.',
    'I would wear this as a shirt.',
  ],
  botanical: [
    'So delicate.',
    'My grandmother had a book with pages like this.',
    'Which plant is this?',
    'Printed it for the kitchen.',
    'It looks alive.',
    'The leaves are so fine.',
  ],
  poster: [
    'I needed to read this today.',
    'Simple and good.',
    'On my office door now.',
    'Love the letters.',
    'Good advice.',
  ],
  abstract: [
    'I see a river. My son sees a dragon.',
    'It moves when I look away.',
    'The colours are wonderful.',
    'Reminds me of marbled paper.',
    'How is this made?',
    'I could look at it for a long time.',
  ],
  warm: ['These colours!', 'It warms the whole room.', 'The orange is just right.', 'Beautiful light.'],
  minimal: ['Less is more.', 'Nothing to add.', 'I like how empty it is.'],
}
const OTHERS = ['Nice.', 'Love it.', 'This one is my favourite.', 'Well done!', 'More of these, please.']

/** Returns a comment that fits an image. */
export function commentOn({ tags }: Exhibit, random: () => number): string {
  return choose(COMMENTS[choose(tags, random)] ?? OTHERS, random)
}
