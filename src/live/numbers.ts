import { SITE } from '../events/marks/buckets.ts'
import { Sum } from '../rollups/aggregation/sum.ts'
import type { Rollup } from '../rollups/rollup.ts'
import { blockOf } from '../stats/block.ts'
import { currentStatsOf } from '../stats/read-stats.ts'
import type { JsonObject } from './merge-patch.ts'

/** What the numbers of an image or of the site are made from; missing where nothing was rolled up yet. */
export interface Sources {
  total?: Rollup
  current?: Rollup
}

/** The numbers of all time, in the form of the stats without what is null, at one revision of what they are made from. */
export interface Numbers {
  id: string
  values: JsonObject
  asOf: string | undefined
}

/** Returns the numbers of an image, or of the site, which has no current feedback. */
export function numbersOf(imageId: string, { total, current }: Sources): Numbers {
  const feedback = imageId === SITE ? {} : { current: currentStatsOf(current?.current) }
  const asOf = [total, current].flatMap(rollup => rollup?.asOf.toISOString() ?? []).sort()
  return {
    id: [total, current].map(rollup => rollup?.rev ?? '0').join('.'),
    values: withoutNulls({ totals: blockOf(new Sum(total)), ...feedback }),
    asOf: asOf.at(-1),
  }
}

function withoutNulls(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value, (_, part) => part ?? undefined)) as JsonObject
}
