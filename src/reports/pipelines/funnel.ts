import { Type } from '@fastify/type-provider-typebox'
import type { EventType } from '../../events/event.ts'
import { Id } from '../../http/schemas.ts'
import { eventsOf } from '../count-columns.ts'
import { defineReport } from '../report.ts'

const STEPS = ['impression', 'view', 'click', 'like or save'] as const
const TYPES: EventType[][] = [['impression'], ['view'], ['click'], ['like', 'save']]

type Found = Record<string, number>

/** Counts pairs of a person and an image, so that repeated views of one image count once. */
export const funnel = defineReport({
  name: 'funnel',
  question: 'Of those who were shown an image, how many viewed it, clicked, and liked or saved it?',
  cost: 'Reads the events of these types in the period, and groups them by person and image.',
  collection: 'events',
  time: { by: 'log', since: '7d' },
  params: { imageId: Type.Optional(Type.String({ ...Id, description: 'id of an image; the default is all images' })) },
  columns: [
    { name: 'step', kind: 'text', about: 'event types of the step' },
    { name: 'events', kind: 'count', about: 'number of events' },
    { name: 'pairs', kind: 'count', about: 'number of pairs of a person and an image with such an event' },
    {
      name: 'reached',
      kind: 'count',
      about: 'number of these pairs that have every earlier step as well',
      drawn: true,
    },
    { name: 'ofFirst', kind: 'share', about: 'reached, as a share of the first step' },
    { name: 'ofPrevious', kind: 'share', about: 'reached, as a share of the previous step; null for the first step' },
  ],
  pipeline: ({ imageId, from, to }) => [
    {
      $match: {
        ...(imageId === undefined ? {} : { imageId }),
        at: { $gte: from, $lt: to },
        type: { $in: TYPES.flat() },
      },
    },
    {
      $group: {
        _id: { person: '$person', imageId: '$imageId' },
        ...each((_, i) => [`events${i}`, eventsOf(...typesOf(i))]),
      },
    },
    {
      $group: {
        _id: null,
        ...each((_, i) => [`events${i}`, { $sum: `$events${i}` }]),
        ...each((_, i) => [`pairs${i}`, { $sum: { $cond: [hasDone(i), 1, 0] } }]),
        ...each((_, i) => [`reached${i}`, { $sum: { $cond: [{ $and: upTo(i).map(hasDone) }, 1, 0] } }]),
      },
    },
  ],
  finish: (rows: Found[]) => {
    const [found = {}] = rows
    const reached = (i: number) => found[`reached${i}`] ?? 0
    const share = (i: number, of: number) => (reached(of) > 0 ? reached(i) / reached(of) : null)
    return STEPS.map((step, i) => ({
      step,
      events: found[`events${i}`] ?? 0,
      pairs: found[`pairs${i}`] ?? 0,
      reached: reached(i),
      ofFirst: share(i, 0),
      ofPrevious: i === 0 ? null : share(i, i - 1),
    }))
  },
})

function each(entry: (step: string, i: number) => [string, object]): Record<string, object> {
  return Object.fromEntries(STEPS.map(entry))
}

function typesOf(i: number): EventType[] {
  return TYPES[i] ?? []
}

function hasDone(i: number) {
  return { $gt: [`$events${i}`, 0] }
}

function upTo(i: number): number[] {
  return [...Array(i + 1).keys()]
}
