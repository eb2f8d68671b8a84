import { until } from './until.ts'
import type { Person } from './world.ts'

/** Waits until the stats of an image count `expected` events of a type. @returns the stats; throws when they count more */
export async function untilTotal(person: Person, imageId: string, type: string, expected: number) {
  return until(`${expected} ${type}`, async () => {
    const { body } = await person.statsOf(imageId)
    if (body.totals.counts[type] > expected) throw new Error(`${body.totals.counts[type]} is too many`)
    return body.totals.counts[type] === expected && body
  })
}
