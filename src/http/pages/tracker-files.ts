import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { isFresh } from '../conditions.ts'
import type { App } from '../server.ts'

const HASH_DIGITS = 16
const BRIEFLY = 'public, max-age=300'
const FOR_EVER = 'public, max-age=31536000, immutable'

/** The tracker as it is built. */
interface Script {
  text: string
  /** The beginning of its SHA-256, in hex. */
  hash: string
}

/**
 * Serves the tracker at /v1/tracker.js, and under a name with its hash, which the header Content-Location tells. Names of other versions
 * redirect to the first: a page that has such a name goes on working.
 * @param folder of the built tracker; it may be built later
 */
export async function registerTracker(app: App, folder: string): Promise<void> {
  const options = { schema: { hide: true }, config: { anyOrigin: true, limitedAsFile: true } } as const
  let built: Promise<Script> | undefined

  app.get('/v1/tracker.js', options, async (request, reply) => sendScript(request, reply, await script(), BRIEFLY))

  app.get<{ Params: { hash: string } }>('/v1/tracker-:hash.js', options, async (request, reply) => {
    const current = await script()
    if (request.params.hash === current.hash) return sendScript(request, reply, current, FOR_EVER)
    return reply.header('cache-control', BRIEFLY).redirect('/v1/tracker.js', 307)
  })

  async function script(): Promise<Script> {
    built ??= readScript(folder).catch(error => {
      built = undefined
      throw error
    })
    return built
  }
}

async function readScript(folder: string): Promise<Script> {
  const text = await readFile(join(folder, 'tracker.js'), 'utf8').catch(cause => {
    throw new Problem('not_found', { detail: 'the tracker is not built: run `npm run build`', cause })
  })
  return { text, hash: hash('sha256', text).slice(0, HASH_DIGITS) }
}

function sendScript(request: FastifyRequest, reply: FastifyReply, { text, hash }: Script, caching: string) {
  // A weak tag, since the answer may be compressed.
  reply.headers({
    'cache-control': caching,
    'content-location': `/v1/tracker-${hash}.js`,
    'content-type': 'text/javascript; charset=utf-8',
    etag: `W/"${hash}"`,
  })
  return isFresh(request.headers, { etag: `"${hash}"` }) ? reply.code(304).send() : reply.send(text)
}
