import { Type } from '@fastify/type-provider-typebox'
import { oneOf } from '../../http/schemas.ts'
import { defineReport, limitParam } from '../report.ts'

/** Whoever likes more than so many images says little about which belong together, and would cost the square of them. */
const MOST_EACH = 200
/** So many pairs, those of the most people, are looked at. */
const MOST_PAIRS = 20_000

const LIKED = { like: { 'reaction.value': 'like' }, save: { 'saved.value': true } }

/** Two images, or twice the same one; the empty id stands for nothing, and is in everybody's list. */
interface Found {
  _id: { a: string; b: string }
  people: number
}

/**
 * Lift: how many like both, against how many would if liking one said nothing about the other. Source: Brin, Motwani, Ullman and
 * Tsur, Dynamic itemset counting, 1997 (there called interest).
 */
export const likedTogether = defineReport({
  name: 'liked-together',
  question: 'Which images are liked by the same people, more than chance would have it?',
  cost: `Reads all feedback; grows with the square of what each person likes (at most ${MOST_EACH} images).`,
  collection: 'feedback',
  params: {
    what: Type.Unsafe<keyof typeof LIKED>({
      ...oneOf(['like', 'save']),
      default: 'like',
      description: 'liked, or saved, as things stand now',
    }),
    minPeople: Type.Integer({
      minimum: 3,
      maximum: 1_000_000,
      default: 5,
      description: 'only pairs that at least so many people like',
    }),
    limit: limitParam(),
  },
  columns: [
    { name: 'imageA', kind: 'image', about: 'one image' },
    { name: 'titleA', kind: 'title', of: 'imageA', about: 'its title' },
    { name: 'imageB', kind: 'image', about: 'the other' },
    { name: 'titleB', kind: 'title', of: 'imageB', about: 'its title' },
    {
      name: 'people',
      kind: 'count',
      about: `who like both; whoever likes more than ${MOST_EACH} images is left out of it all`,
    },
    { name: 'peopleA', kind: 'count', about: 'who like the one' },
    { name: 'peopleB', kind: 'count', about: 'who like the other' },
    { name: 'lift', kind: 'number', about: '1 is chance, 2 twice as often as by chance', drawn: true },
  ],
  pipeline: ({ what, minPeople }) => {
    const list = { $concatArrays: [[''], '$images'] }
    return [
      { $match: LIKED[what] },
      { $group: { _id: '$person', images: { $push: '$imageId' } } },
      { $match: { [`images.${MOST_EACH}`]: { $exists: false } } },
      { $project: { a: list, b: list } },
      { $unwind: '$a' },
      { $unwind: '$b' },
      { $match: { $expr: { $lte: ['$a', '$b'] } } },
      { $group: { _id: { a: '$a', b: '$b' }, people: { $sum: 1 } } },
      { $match: { people: { $gte: minPeople } } },
      { $sort: { people: -1, _id: 1 } },
      { $limit: MOST_PAIRS },
    ]
  },
  finish: (rows: Found[]) => {
    const alone = new Map(rows.flatMap(({ _id: { a, b }, people }) => (a === b ? [[a, people] as const] : [])))
    const everybody = alone.get('') ?? 0
    const pairs = rows.flatMap(({ _id: { a, b }, people }) => {
      const [peopleA, peopleB] = [alone.get(a), alone.get(b)]
      if (a === '' || a === b || !peopleA || !peopleB) return []
      const lift = (people * everybody) / (peopleA * peopleB)
      return { imageA: a, imageB: b, people, peopleA, peopleB, lift }
    })
    const nameOf = ({ imageA, imageB }: (typeof pairs)[number]) => `${imageA} ${imageB}`
    const order = (a: (typeof pairs)[number], b: (typeof pairs)[number]) =>
      b.lift - a.lift || b.people - a.people || (nameOf(a) < nameOf(b) ? -1 : 1)
    return pairs.sort(order)
  },
})
