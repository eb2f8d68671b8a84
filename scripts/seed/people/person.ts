import type { User } from '../../../src/accounts/users/user.ts'
import { hashOf } from '../../lib/hash.ts'
import { randomFrom } from '../../lib/random.ts'
import { between, choose } from '../choose.ts'
import type { DemoTag } from '../pictures/picture.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The share of the people who stay; the others leave after some days or weeks. */
const LOYAL = 0.45
const TASTES: DemoTag[] = ['mountains', 'sea', 'night', 'geometric', 'botanical', 'poster', 'abstract', 'monochrome']

/** The countries of the people: the hours that local time is ahead of UTC, and how many people live there. */
export const COUNTRIES: Record<string, { ahead: number; weight: number }> = {
  DE: { ahead: 1, weight: 20 },
  CH: { ahead: 1, weight: 16 },
  US: { ahead: -6, weight: 15 },
  FR: { ahead: 1, weight: 10 },
  GB: { ahead: 0, weight: 9 },
  IT: { ahead: 1, weight: 8 },
  AT: { ahead: 1, weight: 6 },
  ES: { ahead: 1, weight: 6 },
  NL: { ahead: 1, weight: 5 },
  SE: { ahead: 1, weight: 5 },
  JP: { ahead: 9, weight: 8 },
  IN: { ahead: 5.5, weight: 7 },
  BR: { ahead: -3, weight: 7 },
  CA: { ahead: -5, weight: 5 },
  AU: { ahead: 10, weight: 4 },
  ZA: { ahead: 2, weight: 3 },
  MX: { ahead: -6, weight: 3 },
  KR: { ahead: 9, weight: 3 },
}

/** A person of the demo, with habits that derive from the name. */
export interface Person {
  id: string
  country: string
  /** When the person signed up and comes for the last time, in Unix ms. */
  since: number
  until: number
  visitsPerWeek: number
  /** The hour of the local day at which the person mostly comes. */
  hour: number
  likes: DemoTag[]
  /** What is added to the ratings of others. */
  kindness: number
  device: 'phone' | 'laptop' | 'tablet'
}

/** Returns a person with habits. */
export function personOf({ _id, displayName = '', geography, createdAt }: User): Person {
  const random = randomFrom(hashOf(displayName))
  const since = createdAt.getTime()
  const stays = random() < LOYAL ? Number.POSITIVE_INFINITY : DAY_MS * (1 - 16 * Math.log(1 - random()))
  return {
    id: _id,
    country: geography?.country ?? 'CH',
    since,
    until: since + stays,
    visitsPerWeek: 0.8 + 8 * random() ** 3,
    hour: choose([7.5, 12.5, 18, 20.5, 20.5, 21.5], random) + between(-1, 1, random),
    likes: [choose(TASTES, random), choose(TASTES, random)],
    kindness: between(-0.7, 0.6, random),
    device: choose(['phone', 'phone', 'phone', 'laptop', 'laptop', 'tablet'] as const, random),
  }
}

/** Returns how busy a person is at a time compared to an hour of average days: at home in the evening, not asleep, more at weekends. */
export function businessOf({ country, hour }: Person, time: number): number {
  const local = new Date(time + (COUNTRIES[country]?.ahead ?? 0) * HOUR_MS)
  const clock = local.getUTCHours() + local.getUTCMinutes() / 60
  const isWeekend = local.getUTCDay() % 6 === 0
  const usual = bell(clock - hour, 1.8) * 5.2
  const free = isWeekend ? bell(clock - 11, 2.6) * 2.4 : bell(clock - 12.5, 1) * 0.7
  const awake = clock > 1 && clock < 6 ? 0.05 : 0.25
  return (usual + free + awake) * (isWeekend ? 1.15 : 1)
}

function bell(distance: number, width: number): number {
  const near = ((((distance + 12) % 24) + 24) % 24) - 12
  return Math.exp(-((near / width) ** 2))
}
