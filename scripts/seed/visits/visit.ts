import { randomUUID } from 'node:crypto'
import { between, choose } from '../choose.ts'
import type { Person } from '../people/person.ts'
import { commentOn } from './comments.ts'
import type { DemoEvent } from './demo-event.ts'
import type { Exhibit } from './exhibit.ts'

const LISTS = ['home', 'home', 'home', 'popular', 'popular', 'similar', 'search']
const MAX_SHOWN = 24

/** The moment of a visit, which goes on with each event. */
interface Course {
  time: number
  add(type: DemoEvent['type'], image: Exhibit, more?: Partial<DemoEvent>): void
}

/**
 * Returns the events of a visit: a list of images goes by, some are clicked on, those nearer to its beginning more often, and looked at.
 * @param start in Unix ms
 */
export function visitOf(person: Person, exhibits: Exhibit[], start: number, random: () => number): DemoEvent[] {
  const events: DemoEvent[] = []
  const common = { userId: person.id, sessionId: randomUUID() }
  const course: Course = {
    time: start,
    add(type, { id: imageId }, more = {}) {
      events.push({ id: randomUUID(), at: new Date(this.time).toISOString(), imageId, type, ...common, ...more })
    },
  }
  const listId = choose(LISTS, random)
  const there = exhibits.filter(({ since }) => since < start)
  for (const [position, image] of shown(listId, person, there, random).entries()) {
    course.time += between(250, 1_400, random)
    course.add('impression', image, { listId, position })
    if (random() > (0.15 / (1 + 0.17 * position)) * image.appeal * tasteFor(image, person)) continue
    course.time += between(400, 2_500, random)
    course.add('click', image, { listId, position })
    look(image, person, course, random)
  }
  return events
}

/** Returns what a list shows: `popular` ranks by appeal, the others mix it with chance. */
function shown(listId: string, person: Person, exhibits: Exhibit[], random: () => number): Exhibit[] {
  const chance = listId === 'popular' ? 1 : 4
  const ranked = exhibits.map(image => ({
    image,
    rank: image.appeal * tasteFor(image, person) ** 0.5 + chance * random(),
  }))
  const count = Math.round(between(5, MAX_SHOWN, random))
  return ranked
    .sort((a, b) => b.rank - a.rank)
    .slice(0, count)
    .map(({ image }) => image)
}

/** Returns how much more than others a person is interested in an image. */
function tasteFor({ tags }: Exhibit, { likes }: Person): number {
  return likes.reduce((taste, tag) => (tags.includes(tag) ? taste * 1.9 : taste * 0.9), 1)
}

/** Looks at an image for a while, and perhaps reacts to it. */
function look(image: Exhibit, person: Person, course: Course, random: () => number): void {
  const pleasure = image.appeal * tasteFor(image, person)
  course.time += between(100, 400, random)
  course.add('view', image, { context: { device: person.device } })
  // Log-normal, as reading times are.
  const durationMs = Math.round(2_600 * pleasure ** 0.6 * Math.exp(0.8 * (random() + random() + random() - 1.5) * 1.6))
  course.time += durationMs
  if (image.isLong) course.add('scroll', image, { depth: Math.round(between(0.3, 1, random) * 100) / 100 })
  if (random() < 0.14) course.add('zoom', image, { scale: Math.round(between(1.3, 4, random) * 10) / 10 })
  course.add('dwell', image, { durationMs })
  react(image, pleasure, person, course, random)
}

/** Adds what some people do after they have looked. */
function react(image: Exhibit, pleasure: number, person: Person, course: Course, random: () => number): void {
  const perhaps = (chance: number, type: DemoEvent['type'], more: () => Partial<DemoEvent> = () => ({})) => {
    if (random() > chance) return
    course.time += between(600, 4_000, random)
    course.add(type, image, more())
  }
  perhaps(0.075 * pleasure ** 0.8, 'like')
  perhaps(0.018 / pleasure, 'dislike')
  perhaps(0.14, 'rating', () => ({ value: ratingOf(image, person, random) }))
  perhaps(0.035 * pleasure, 'save')
  perhaps(0.025 * pleasure, 'download')
  perhaps(0.018 * pleasure, 'share')
  perhaps(0.017, 'comment', () => ({ text: commentOn(image, random) }))
}

function ratingOf({ quality }: Exhibit, { kindness }: Person, random: () => number): number {
  const rating = quality + kindness + (random() + random() - 1) * 1.8
  return Math.min(5, Math.max(1, Math.round(rating)))
}
