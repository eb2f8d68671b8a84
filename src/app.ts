import { accountCollections, knownUsers, openAccounts } from './accounts/accounts.ts'
import { identityResolver } from './accounts/identify.ts'
import { accountRoutes } from './accounts/routes.ts'
import type { Config } from './config.ts'
import { prepareCollections } from './database/collections.ts'
import type { Database } from './database/connect.ts'
import { ClockCheck } from './events/clock-check.ts'
import { CoveredBuckets } from './events/covered.ts'
import type { KnownImage } from './events/flush.ts'
import { Ingest } from './events/ingest.ts'
import { registerIngestMetrics } from './events/ingest-metrics.ts'
import { Known } from './events/known.ts'
import { marksCollection } from './events/marks.ts'
import { myEventRoutes } from './events/my-event-routes.ts'
import { openLog } from './events/open-log.ts'
import { personHash } from './events/person-hash.ts'
import { Rejects, rejectsCollection } from './events/rejects.ts'
import { eventRoutes } from './events/routes.ts'
import { commentsCollection } from './feedback/comment.ts'
import { commentRoutes } from './feedback/comment-routes.ts'
import { CommentSweeper } from './feedback/comment-sweeper.ts'
import { feedbackCollection } from './feedback/feedback.ts'
import { feedbackFollower } from './feedback/follow.ts'
import { feedbackRoutes } from './feedback/routes.ts'
import { registerAccess } from './http/access.ts'
import { registerIdentity } from './http/identity.ts'
import { registerLimits } from './http/limits.ts'
import { watchMethods } from './http/methods.ts'
import { registerMetrics } from './http/metrics.ts'
import { registerOpenapi } from './http/openapi.ts'
import { registerProbes } from './http/probes.ts'
import { registerProblems } from './http/problems.ts'
import { type App, createServer } from './http/server.ts'
import { imageCollections, knownImages, openLibrary } from './images/library.ts'
import { imageRoutes } from './images/routes.ts'
import { pseudonyms } from './reports/pseudonym.ts'
import { reportRoutes } from './reports/routes.ts'
import { Audit } from './stats/audit.ts'
import { keepRetention } from './stats/floors.ts'
import { Folder } from './stats/folder.ts'
import { rollupsCollection } from './stats/rollup.ts'
import { statsRoutes } from './stats/routes.ts'

/**
 * Joins the parts into one service on a connected database: collections and indexes stand, the folder and the sweeper are at
 * work. Closing it answers what is under way, flushes the queue and stops both; the database is the caller's to close.
 */
export async function buildApp(config: Config, database: Database): Promise<App> {
  const app = createServer(config)
  const { db } = database
  await prepareCollections(database, [
    ...accountCollections,
    ...imageCollections,
    marksCollection,
    rejectsCollection,
    feedbackCollection,
    commentsCollection,
    rollupsCollection,
    { name: 'leases', indexes: [] },
  ])
  const accounts = await openAccounts(app, config, database)

  const refuseOtherMethods = watchMethods(app)
  registerProblems(app)
  registerIdentity(app, identityResolver(accounts.keys, accounts.tokens))
  registerAccess(app)
  await registerLimits(app, config)
  await registerOpenapi(app)
  registerProbes(app, database)
  const metrics = registerMetrics(app)

  const library = openLibrary(config, database, app.log)
  const warn = (message: string) => app.log.warn(message)
  const log = await openLog(database, config.eventLog, config.retention.events, warn, personHash(config.dataSecret))
  await keepRetention(db, log, config.retention)
  const covered = new CoveredBuckets(db)
  const flushParts = {
    log,
    covered,
    images: new Known<KnownImage>(ids => knownImages(database, ids)),
    users: new Known<true>(ids => knownUsers(database, ids)),
    followers: [feedbackFollower(db, covered)],
    clock: new ClockCheck(db),
    minutesKept: config.retention.minuteRollups,
  }
  const ingest = new Ingest(flushParts, config.queue, app.log)
  registerIngestMetrics(ingest, metrics)
  const folder = new Folder(database, log, app.log, metrics)
  folder.start()
  const audit = new Audit(database, flushParts, config.retention.accept, app.log, metrics)
  audit.start()
  const commentSweeper = new CommentSweeper({ database, ingest }, app.log)
  commentSweeper.start()

  await app.register(accountRoutes, accounts)
  await app.register(imageRoutes, { library, maxUploadBytes: config.maxUploadBytes })
  const intake = { ingest, rejects: new Rejects(db), window: config.retention.accept, logger: app.log }
  await app.register(eventRoutes, intake)
  await app.register(myEventRoutes, { log })
  await app.register(feedbackRoutes, { database, ingest })
  await app.register(commentRoutes, { database, ingest })
  await app.register(statsRoutes, { db, findImages: (ids: string[]) => knownImages(database, ids) })
  await app.register(reportRoutes, { db, log, pseudonym: pseudonyms(config.dataSecret) })
  refuseOtherMethods()

  app.addHook('onClose', async () => {
    await commentSweeper.stop()
    await ingest.drain()
    await Promise.all([folder.stop(), audit.stop(), library.close()])
  })
  await app.ready()
  return app
}
