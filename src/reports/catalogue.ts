import { dwell } from './pipelines/dwell.ts'
import { funnel } from './pipelines/funnel.ts'
import { geography } from './pipelines/geography.ts'
import { likedTogether } from './pipelines/liked-together.ts'
import { people } from './pipelines/people.ts'
import { retention } from './pipelines/retention.ts'
import { suspicious } from './pipelines/suspicious.ts'
import { tags } from './pipelines/tags.ts'
import { topImages } from './pipelines/top-images.ts'
import { trends } from './pipelines/trends.ts'
import { unseen } from './pipelines/unseen.ts'
import type { Report } from './report.ts'

/** The built-in reports; the command line, the HTTP routes and the documentation are generated from them. */
export const CATALOGUE: Report[] = [
  topImages,
  trends,
  funnel,
  dwell,
  geography,
  tags,
  unseen,
  likedTogether,
  people,
  retention,
  suspicious,
]

/** Returns the report with that name. @param own besides the built-in reports */
export function findReport(name: string, own: Report[] = []): Report | undefined {
  return [...CATALOGUE, ...own].find(report => report.name === name)
}
