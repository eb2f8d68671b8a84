import { Type } from '@fastify/type-provider-typebox'
import { oneOf } from '../../http/schemas.ts'
import { defineReport, limitParam } from '../report.ts'

/** People who like more images are left out: they say little about which images belong together and cost the square of them. */
const MAX_LIKES_PER_PERSON = 200
/** Only this number of pairs, those with the most people, is evaluated. */
const MAX_PAIRS = 20_000

const LIKED = { like: { 'reaction.value': 'like' }, save: { 'saved.value': true } }

/** Two images, or the same one twice. Every list contains the empty id, whose count is the number of people. */
interface Found {
  _id: { a: string; b: string }
  people: number
}

/**
 * Ranks pairs of images by lift: the number of people who like both, divided by the number expected if the likes were independent.
 * Source: Brin, Motwani, Ullman and Tsur, Dynamic itemset counting, 1997 (there called interest).
 */
export const likedTogether = defineReport({
  name: 'liked-together',
  question: 'Which pairs of images are liked by the same people more often than expected by chance?',
  cost: `Reads all feedback; the cost grows with the square of the number of images that a person likes (at most ${MAX_LIKES_PER_PERSON}).`,
  collection: 'feedback',
  params: {
    what: Type.Unsafe<keyof typeof LIKED>({
      ...oneOf(['like', 'save']),
      default: 'like',
      description: 'type of current feedback',
    }),
    minPeople: Type.Integer({
      minimum: 3,
      maximum: 1_000_000,
      default: 5,
      description: 'minimum number of people who like both images',
    }),
    limit: limitParam(),
  },
  columns: [
    { name: 'imageA', kind: 'image', about: 'first image of the pair' },
    { name: 'titleA', kind: 'title', of: 'imageA', about: 'its title' },
    { name: 'imageB', kind: 'image', about: 'second image of the pair' },
    { name: 'titleB', kind: 'title', of: 'imageB', about: 'its title' },
    {
      name: 'people',
      kind: 'count',
      about: `number of people who like both; people who like more than ${MAX_LIKES_PER_PERSON} images are not counted in any column`,
    },
    { name: 'peopleA', kind: 'count', about: 'number of people who like the first image' },
    { name: 'peopleB', kind: 'count', about: 'number of people who like the second image' },
    { name: 'lift', kind: 'number', about: '1: as often as expected by chance; 2: twice as often', drawn: true },
  ],
  pipeline: ({ what, minPeople }) => {
    const list = { $concatArrays: [[''], '$images'] }
    return [
      { $match: LIKED[what] },
      { $group: { _id: '$person', images: { $push: '$imageId' } } },
      { $match: { [`images.${MAX_LIKES_PER_PERSON}`]: { $exists: false } } },
      { $project: { a: list, b: list } },
      { $unwind: '$a' },
      { $unwind: '$b' },
      { $match: { $expr: { $lte: ['$a', '$b'] } } },
      { $group: { _id: { a: '$a', b: '$b' }, people: { $sum: 1 } } },
      { $match: { people: { $gte: minPeople } } },
      { $sort: { people: -1, _id: 1 } },
      { $limit: MAX_PAIRS },
    ]
  },
  finish: (rows: Found[]) => {
    const peopleByImage = new Map(rows.flatMap(({ _id: { a, b }, people }) => (a === b ? [[a, people] as const] : [])))
    const totalPeople = peopleByImage.get('') ?? 0
    const pairs = rows.flatMap(({ _id: { a, b }, people }) => {
      const [peopleA, peopleB] = [peopleByImage.get(a), peopleByImage.get(b)]
      if (a === '' || a === b || !peopleA || !peopleB) return []
      const lift = (people * totalPeople) / (peopleA * peopleB)
      return { imageA: a, imageB: b, people, peopleA, peopleB, lift }
    })
    const keyOf = ({ imageA, imageB }: (typeof pairs)[number]) => `${imageA} ${imageB}`
    const order = (a: (typeof pairs)[number], b: (typeof pairs)[number]) =>
      b.lift - a.lift || b.people - a.people || (keyOf(a) < keyOf(b) ? -1 : 1)
    return pairs.sort(order)
  },
})
