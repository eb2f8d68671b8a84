import { promisify } from 'node:util'
import type { Test } from 'tap'
import { loadConfig } from '../../../src/config/config.ts'
import type { KnownImage } from '../../../src/events/ingest/flush.ts'
import { noCurrentCounts } from '../../../src/feedback/current-counts.ts'
import { registerAccess } from '../../../src/http/plugins/access.ts'
import { type Identity, registerIdentity } from '../../../src/http/plugins/identity.ts'
import { registerProblems } from '../../../src/http/problems/problems.ts'
import { createServer } from '../../../src/http/server.ts'
import { LiveNumbers } from '../../../src/live/live-numbers.ts'
import type { Known } from '../../../src/live/read-changed.ts'
import { liveRoutes } from '../../../src/live/routes.ts'
import type { Rollup } from '../../../src/rollups/rollup.ts'
import { testEnvironment } from '../world.ts'
import { openEventSource } from './event-source.ts'

interface Options {
  most?: number
  times?: ConstructorParameters<typeof LiveNumbers>[2]
  /** Called in each read. */
  onRead?: (known: Known[]) => Promise<void> | void
  /** Called when images are looked up. */
  onFind?: () => Promise<void> | void
}

/** A bare service of live numbers, whose roll-ups, images and accounts a test changes. */
export async function liveService(
  t: Test,
  { most = 100, times = {}, onRead = () => undefined, onFind = () => undefined }: Options = {},
) {
  const images = new Map<string, KnownImage>([['lake', { ownerId: 'ann', visibility: 'public' }]])
  const identities = new Map(
    [account('ann'), account('bob'), account('ana', 'analyst')].map((who): [string, Identity] => [who.id, who]),
  )
  const rollups = new Map<string, Rollup>()
  let writes = 0
  const app = createServer(loadConfig(await testEnvironment(t)))
  registerProblems(app)
  registerIdentity(app, async credential => identities.get(credential) ?? null)
  registerAccess(app, {
    requireConfirmation: async () => undefined,
    accountOfCookie: async () => null,
    recordRefusal: () => undefined,
  })
  const findImages = async (ids: string[]) => {
    await onFind()
    return new Map([...images].filter(([id]) => ids.includes(id)))
  }
  const parts = {
    findImages,
    logger: { warn: () => undefined },
    async readChanged(known: Known[]) {
      await onRead(known)
      return known.flatMap(({ imageId, revisions }) => {
        const found = ['total', 'current'].flatMap(grain => rollups.get(`${imageId} ${grain}`) ?? [])
        return found.filter(({ rev }) => !revisions.includes(rev))
      })
    },
  }
  const live = new LiveNumbers(parts, most, { read: 1, readAfterFailure: 1, heartbeat: 20, ...times })
  app.addHook('preClose', async () => live.stop())
  await liveRoutes(app, { live, findImages })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())

  function write(imageId: string, grain: 'total' | 'current', content: Partial<Rollup>): string {
    const rev = `rev-${++writes}`
    const _id = { imageId, grain, start: null }
    rollups.set(`${imageId} ${grain}`, { _id, imageId, rev, asOf: new Date(), counts: {}, ...content })
    return rev
  }

  return {
    url,
    live,
    images,
    identities,
    stops: () => app.close(),
    connections: () => promisify(app.server.getConnections.bind(app.server))(),
    /** Writes how many views there are. @returns the revision */
    counts: (imageId: string, view: number) => write(imageId, 'total', { counts: { view } }),
    /** Writes feedback that is as long as this, with a number. */
    writesMuch: (imageId: string, likes: number, length: number) =>
      write(imageId, 'current', {
        current: { ...noCurrentCounts(), likes, tags: [{ tag: `${likes} ${'x'.repeat(length)}`, count: 1 }] },
      }),
    follows: (t: Test, who: string, query = '?imageId=lake', headers: Record<string, string> = {}) =>
      openEventSource(t, `${url}/v1/live${query}`, { authorization: `Bearer ${who}`, ...headers }),
  }
}

function account(id: string, role: 'user' | 'analyst' = 'user'): Identity {
  return { kind: 'user', id, roles: [role], sessionId: id }
}
