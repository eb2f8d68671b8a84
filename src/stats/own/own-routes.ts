import type { mongo } from 'mongoose'
import { accountOf } from '../../http/plugins/identity.ts'
import type { App } from '../../http/server.ts'
import { AnswerCache } from '../answer-cache.ts'
import { INTERVALS } from '../calendar/intervals.ts'
import { replyWithEtag, unchanged } from '../conditional-reply.ts'
import { minPeopleOf } from '../countries.ts'
import { rangeKey, requestedRange } from '../range.ts'
import { rangeQuery, versionOf, wireStats } from '../schemas.ts'
import { MyStats } from './own-schemas.ts'
import { MAX_NAMED, MAX_OWNED, type OwnStats, readOwnStats } from './read-own-stats.ts'

const ownSchema = {
  operationId: 'getMyStats',
  summary: "Get the stats of the caller's images",
  description:
    'Has the form of the stats of an image, for all images of the caller together, including private and without deleted ones: ' +
    `somebody who looked at several of them is one person in \`people\`. \`images\` has the numbers of each, for the ${MAX_NAMED} ` +
    'with the most views; `imageCount` is the number of all. settledTo is that of the whole site. At most 50,000 roll-ups are ' +
    'summed, else 400 range_too_long: with many images, ask for longer intervals. Answers are cached for ten seconds, or ten ' +
    'times the time that they took.',
  tags: ['stats'],
  querystring: rangeQuery(INTERVALS),
  response: { 200: MyStats, 304: unchanged },
}

/** What the stats of own images are read from. */
export interface OwnParts {
  db: mongo.Db
  /** Returns the ids of the images of an account, at most `most`. */
  imagesOf(accountId: string, most: number): Promise<string[]>
}

/** Registers the route of the stats of the caller's own images. */
export async function ownStatsRoutes(app: App, { db, imagesOf }: OwnParts): Promise<void> {
  const answers = new AnswerCache<OwnStats>()

  app.get('/v1/users/me/stats', { schema: ownSchema }, async (request, reply) => {
    const { id } = accountOf(request)
    const minPeople = minPeopleOf(request.query, request.identity)
    const range = await requestedRange(db, request.query)
    const key = JSON.stringify([id, minPeople, rangeKey(range)])
    const work = async () => readOwnStats(db, await imagesOf(id, MAX_OWNED + 1), range, minPeople)
    const stats = await answers.get(key, work)
    const { imageCount, images } = stats
    const body = { ...wireStats(stats, request.query.tz), imageCount, images }
    return replyWithEtag(body, request, reply, versionOf(stats))
  })
}
