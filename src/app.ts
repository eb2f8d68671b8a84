import { fileURLToPath } from 'node:url'
import type { mongo } from 'mongoose'
import type { Registry } from 'prom-client'
import { accountCollections, knownUsers, openAccounts } from './accounts/accounts.ts'
import { identityResolver } from './accounts/identify.ts'
import { refusalRecorder } from './accounts/refusals.ts'
import { accountRoutes } from './accounts/routes.ts'
import { accountOfCookie } from './accounts/session-cookie.ts'
import { requireConfirmation } from './accounts/sessions/confirmation.ts'
import { ArchiveJobs } from './archive/archive-jobs.ts'
import { NightlyArchive } from './archive/nightly-archive.ts'
import { refuseHalfRestored } from './archive/restore/restore-state.ts'
import { openStore } from './archive/store/open-store.ts'
import { commentsCollection } from './comments/comment.ts'
import { PendingComments } from './comments/pending-comments.ts'
import { removeComments } from './comments/remove-comments.ts'
import { commentRoutes } from './comments/routes.ts'
import type { Config } from './config/config.ts'
import { prepareCollections } from './database/collections.ts'
import type { Database } from './database/connect.ts'
import { holdToDataSecret } from './database/data-secret.ts'
import { Sweeper } from './database/sweeper.ts'
import { upgradeOnce } from './database/upgrade.ts'
import { correctedTimesCollection } from './events/ingest/corrected-times.ts'
import { ErasedPeopleCache } from './events/ingest/erased-people.ts'
import type { KnownImage, KnownUser } from './events/ingest/flush.ts'
import { Ingest } from './events/ingest/ingest.ts'
import { registerIngestMetrics } from './events/ingest/ingest-metrics.ts'
import { LookupCache } from './events/ingest/lookup-cache.ts'
import { Rejects, rejectsCollection } from './events/ingest/rejects.ts'
import { ClockCheck } from './events/log/clock-check.ts'
import type { Log } from './events/log/log.ts'
import { openLog } from './events/log/open-log.ts'
import { typedIdsSince } from './events/log/typed-ids.ts'
import { marksCollection } from './events/marks/marks.ts'
import { WriterMarks } from './events/marks/writer-marks.ts'
import { myEventRoutes } from './events/mine/my-event-routes.ts'
import { personHash } from './events/person-hash.ts'
import { pixelRoutes } from './events/pixel/pixel-routes.ts'
import { PixelVisitors } from './events/pixel/pixel-visitor.ts'
import { eventRoutes } from './events/routes.ts'
import { exportRoutes } from './exports/routes.ts'
import { feedbackCollection, feedbackTagKeysUpgrade } from './feedback/feedback.ts'
import { feedbackProjection } from './feedback/feedback-projection.ts'
import { removeFeedback } from './feedback/remove-feedback.ts'
import { feedbackRoutes } from './feedback/routes.ts'
import { registerCaching } from './http/answers/caching.ts'
import { registerCompression } from './http/answers/compression.ts'
import { registerOpenAnswers } from './http/answers/open-answers.ts'
import { registerAnyOrigin } from './http/pages/any-origin.ts'
import { timeRoute } from './http/pages/time-route.ts'
import { registerTracker } from './http/pages/tracker-files.ts'
import { registerAccess } from './http/plugins/access.ts'
import { registerContentCoding } from './http/plugins/content-coding.ts'
import { registerDashboard } from './http/plugins/dashboard-files.ts'
import { registerGeography } from './http/plugins/geography.ts'
import { registerIdentity } from './http/plugins/identity.ts'
import { registerInputGuard } from './http/plugins/input-guard.ts'
import { failedLookupLimit, registerLimits } from './http/plugins/limits.ts'
import { registerMetrics } from './http/plugins/metrics.ts'
import { registerOpenapi } from './http/plugins/openapi.ts'
import { registerProbes } from './http/plugins/probes.ts'
import { collectMethods } from './http/problems/method-not-allowed.ts'
import { registerProblemDocs } from './http/problems/problem-docs.ts'
import { registerProblems } from './http/problems/problems.ts'
import { enableRateLimits } from './http/rate-limit.ts'
import { type App, createServer } from './http/server.ts'
import { tagKeysUpgrade } from './images/image.ts'
import { imageCollections, imageIdsOf, knownImages, listedImages, openLibrary } from './images/library.ts'
import { imageRoutes } from './images/routes.ts'
import { removeAbandonedFolders } from './lib/temporary-folder.ts'
import { registerLiveMetrics } from './live/live-metrics.ts'
import { LiveNumbers } from './live/live-numbers.ts'
import { type Known, readChanged } from './live/read-changed.ts'
import { liveRoutes } from './live/routes.ts'
import { removalsOf } from './privacy/erasure/erase-person.ts'
import { ErasureWorker } from './privacy/erasure/erasure-worker.ts'
import { erasuresCollection } from './privacy/erasure/receipt.ts'
import { Receipts } from './privacy/erasure/receipts.ts'
import { tombstoneReader } from './privacy/erasure/tombstones.ts'
import { personalDataOf } from './privacy/personal-data.ts'
import { privacyRoutes } from './privacy/routes.ts'
import { ownReportsIn } from './reports/own/own-reports.ts'
import { reportRoutes } from './reports/routes.ts'
import { reportParts } from './reports/run-report.ts'
import { scheduleRoutes } from './reports/schedules/routes.ts'
import { ScheduledReports, schedulesCollection } from './reports/schedules/scheduled-reports.ts'
import { scheduledRunsCollection } from './reports/schedules/scheduled-run.ts'
import { Audit } from './rollups/audit/audit.ts'
import { PartialSums } from './rollups/partials/partial-sums.ts'
import { partialsCollection } from './rollups/partials/partials.ts'
import { applyRetention } from './rollups/retention-horizons.ts'
import { rollupsCollection } from './rollups/rollup.ts'
import { RollupWorker } from './rollups/worker/rollup-worker.ts'
import { numbersOfImages } from './stats/rankings/numbers-of-images.ts'
import { TopImages } from './stats/rankings/top-images.ts'
import { statsRoutes } from './stats/routes.ts'
import type { EngineChoice } from './system/read-system.ts'
import { systemRoutes } from './system/routes.ts'

/** Where `npm run build` puts the dashboard and the tracker: beside the compiled service, as seen from here and from there. */
const DASHBOARD = fileURLToPath(new URL('../dist/dashboard', import.meta.url))
const TRACKER = fileURLToPath(new URL('../dist/tracker', import.meta.url))

const COLLECTIONS = [
  ...accountCollections,
  ...imageCollections,
  marksCollection,
  rejectsCollection,
  correctedTimesCollection,
  feedbackCollection,
  commentsCollection,
  rollupsCollection,
  partialsCollection,
  erasuresCollection,
  schedulesCollection,
  scheduledRunsCollection,
  { name: 'leases', indexes: [] },
]

/** Of the connections, so many may be live streams. */
const LIVE_SHARE = 0.5

const GIVEN: EngineChoice = { kind: 'server', reason: 'MONGODB_URI is set' }

/**
 * Builds the service on a connected database: prepares collections, creates the parts, registers plugins and routes, and starts
 * the background workers. Closing the app answers open requests, flushes the ingest queue and stops the workers; the caller
 * closes the database.
 * @param engine the server of the database; a given one by default
 */
export async function buildApp(config: Config, database: Database, engine: EngineChoice = GIVEN): Promise<App> {
  const app = createServer(config)
  if (config.trustProxy === true)
    app.log.warn('TRUST_PROXY=true believes any client about its address: name the addresses of your proxies instead')
  await prepareCollections(database, COLLECTIONS)
  await holdToDataSecret(database.db, config.dataSecret)
  await refuseHalfRestored(database.db)
  for (const upgrade of [tagKeysUpgrade, feedbackTagKeysUpgrade]) await upgradeOnce(database.db, upgrade)
  const parts = await openParts(app, config, database)
  const refuseOtherMethods = collectMethods(app)
  await registerPlugins(app, config, parts)
  const metrics = registerMetrics(app)
  registerIngestMetrics(parts.ingest, metrics)
  const scheduled = new ScheduledReports(config.schedulesFolder, parts.reports, app.log, metrics)
  const stopWorkers = startWorkers(app, config, { ...parts, scheduled }, metrics)
  const live = openLive(app, config, database, metrics)
  await registerRoutes(app, config, { ...parts, scheduled, live, engine })
  refuseOtherMethods()
  app.addHook('onClose', stopWorkers)
  await app.ready()
  return app
}

type Parts = Awaited<ReturnType<typeof openParts>>
type WorkingParts = Parts & { scheduled: ScheduledReports }
type RouteParts = WorkingParts & { live: LiveNumbers; engine: EngineChoice }

/** Creates the parts that routes and workers share. */
async function openParts(app: App, config: Config, database: Database) {
  const { db } = database
  const { dataSecret, retention } = config
  const accounts = await openAccounts(app, config, database)
  const warn = (message: string) => app.log.warn(message)
  const log = await openLog(database, config.eventLog, retention.events, warn, personHash(dataSecret))
  await applyRetention(db, log, retention)
  const writerMarks = new WriterMarks(db)
  const removers = [
    (imageId: string) => removeFeedback({ imageId }, db, writerMarks),
    (imageId: string) => removeComments({ imageId }, db),
  ]
  const library = openLibrary(config, database, removers, app.log)
  const receipts = new Receipts(db, dataSecret)
  const erased = new ErasedPeopleCache(tombstoneReader(db, receipts))
  const flushParts = {
    log,
    writerMarks,
    images: new LookupCache<KnownImage>(ids => knownImages(database, ids)),
    users: new LookupCache<KnownUser>(ids => knownUsers(database, ids)),
    erased,
    projections: [feedbackProjection(db, writerMarks, retention.accept)],
    partialSums: new PartialSums(db, log.hashPerson, app.log),
    clock: new ClockCheck(db),
    minutesKept: retention.minuteRollups,
  }
  const ingest = new Ingest(flushParts, config.queue, app.log)
  const removals = removalsOf(personalDataOf({ database, accounts, log, writerMarks, library }))
  const archive = openArchiveJobs(config, db, log, receipts)
  const eraser = new ErasureWorker({ database, log, receipts, removals, archive }, app.log)
  const own = ownReportsIn(config.reportsFolder, { db, logger: app.log })
  const reports = { ...reportParts(db, log, dataSecret), own }
  return {
    database,
    accounts,
    log,
    writerMarks,
    library,
    receipts,
    erased,
    flushParts,
    ingest,
    eraser,
    archive,
    reports,
  }
}

/** Creates what archives to the configured place, if there is one. */
function openArchiveJobs({ archiveTo, s3, dataSecret }: Config, db: mongo.Db, log: Log, receipts: Receipts) {
  if (archiveTo === undefined) return undefined
  const sources = { db, log, readErased: tombstoneReader(db, receipts) }
  return new ArchiveJobs({
    store: openStore(archiveTo, s3),
    sources,
    secret: dataSecret,
    tombstoneOf: person => receipts.tombstoneOf(person),
  })
}

/** Registers what applies to every request. */
async function registerPlugins(app: App, config: Config, { accounts, database }: Parts): Promise<void> {
  registerProblems(app)
  registerAnyOrigin(app)
  await enableRateLimits(app)
  registerIdentity(app, identityResolver(accounts), failedLookupLimit(app, config))
  registerAccess(app, {
    requireConfirmation: sessionId => requireConfirmation(accounts, sessionId),
    accountOfCookie: request => accountOfCookie(accounts, request),
    recordRefusal: refusalRecorder(accounts.audit),
  })
  registerCaching(app)
  registerInputGuard(app)
  registerGeography(app, config)
  await registerLimits(app, config)
  registerContentCoding(app)
  registerCompression(app)
  registerOpenAnswers(app)
  await registerOpenapi(app)
  registerProblemDocs(app)
  registerProbes(app, database, config)
  await registerDashboard(app, DASHBOARD)
  await registerTracker(app, TRACKER)
}

/** Starts the background workers. @returns a function that stops them after the work in progress */
function startWorkers(app: App, config: Config, parts: WorkingParts, metrics: Registry): () => Promise<void> {
  const { database, log, library, flushParts, ingest, eraser, archive, scheduled } = parts
  const rollupWorker = new RollupWorker(database, log, app.log, metrics)
  const audit = new Audit(database, flushParts, config.retention.accept, app.log, metrics)
  const sweeper = new Sweeper(app.log)
  const { intents: uploads, resumable, removals, renditions } = library
  const nightly = archive && new NightlyArchive(database.db, archive, app.log, metrics)
  flushParts.partialSums.start()
  rollupWorker.start()
  nightly?.start()
  audit.start()
  eraser.start()
  scheduled.start()
  const comments = new PendingComments({ database, ingest })
  sweeper.start({ uploads, resumable, removals, renditions, comments, folders: { sweep: removeAbandonedFolders } })
  return async () => {
    await sweeper.stop()
    await ingest.drain()
    await flushParts.partialSums.stop()
    const workers = [rollupWorker, audit, eraser, scheduled, nightly]
    await Promise.all(workers.map(worker => worker?.stop()))
  }
}

/** Creates the live numbers; their streams end before the connections are closed. */
function openLive(app: App, { maxConnections }: Config, database: Database, metrics: Registry): LiveNumbers {
  const parts = {
    readChanged: (known: Known[]) => readChanged(database.db, known),
    findImages: (ids: string[]) => knownImages(database, ids),
    logger: app.log,
  }
  const live = new LiveNumbers(parts, Math.ceil(maxConnections * LIVE_SHARE))
  registerLiveMetrics(live, metrics)
  app.addHook('preClose', async () => live.stop())
  return live
}

/** Registers the routes of the API. */
async function registerRoutes(app: App, config: Config, parts: RouteParts): Promise<void> {
  const { database, accounts, log, library, erased, ingest, reports, scheduled, live, engine } = parts
  const { db } = database
  const { dataSecret, maxUploadBytes, uploadTime, retention } = config
  const typedSince = await typedIdsSince(db, log)
  await app.register(accountRoutes, accounts)
  const uploadLimits = { bytes: maxUploadBytes, time: uploadTime }
  const findImages = (ids: string[]) => knownImages(database, ids)
  const listed = (ids: string[], tag?: string) => listedImages(database, ids, tag)
  const tops = new TopImages(db, listed)
  const numbersOf = numbersOfImages(tops)
  await app.register(imageRoutes, { library, audit: accounts.audit, uploadLimits, numbersOf })
  const intake = { ingest, rejects: new Rejects(db), erased, db, window: retention.accept, typedSince, logger: app.log }
  await app.register(eventRoutes, intake)
  await app.register(pixelRoutes, { intake, visitors: new PixelVisitors(dataSecret) })
  await app.register(timeRoute)
  await app.register(myEventRoutes, { log })
  await app.register(feedbackRoutes, { database, ingest })
  await app.register(commentRoutes, { database, ingest, audit: accounts.audit })
  await app.register(statsRoutes, {
    db,
    findImages,
    listed,
    tops,
    imagesOf: (ownerId: string, most: number) => imageIdsOf(database, ownerId, most),
  })
  await app.register(liveRoutes, { live, findImages })
  await app.register(privacyRoutes, parts)
  await app.register(exportRoutes, { db, log, dataSecret, audit: accounts.audit })
  await app.register(reportRoutes, reports)
  await app.register(scheduleRoutes, { db, scheduled })
  await app.register(systemRoutes, { db, engine, layout: log.layout, accept: retention.accept, ingest })
}
