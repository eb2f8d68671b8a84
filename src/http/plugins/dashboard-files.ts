import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { sendProblem } from '../problems/problem-reply.ts'
import type { App } from '../server.ts'

const PAGE = 'index.html'
/** The names of the files in it contain hashes of their contents. */
const ASSETS = 'assets/'

/** The page loads nothing from elsewhere, and no other page may show it in a frame. */
const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      connectSrc: ["'self'"],
      fontSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' as const },
  xFrameOptions: { action: 'deny' as const },
}

/**
 * Serves the dashboard at /dashboard/, and redirects / to it. The page itself is the answer to every path that is no file: it shows what
 * the path names.
 * @param folder of the built dashboard; it may be built later
 */
export async function registerDashboard(app: App, folder: string): Promise<void> {
  const hidden = { schema: { hide: true } }
  app.get('/', hidden, async (_request, reply) => reply.redirect('/dashboard/', 302))
  app.get('/dashboard', hidden, async (_request, reply) => reply.redirect('/dashboard/', 308))
  await app.register(
    async scope => {
      await scope.register(fastifyStatic, {
        root: folder,
        serve: false,
        preCompressed: true,
        dotfiles: 'ignore',
        index: false,
        cacheControl: false,
        suppressWarning: true,
      })
      scope.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFound(folder)))
      scope.get('/*', { ...hidden, helmet: HEADERS, config: { limitedAsFile: true } }, sendFile)
    },
    { prefix: '/dashboard' },
  )
}

function sendFile(request: FastifyRequest, reply: FastifyReply) {
  const { '*': path = '' } = request.params as Record<string, string>
  const isAsset = path.startsWith(ASSETS)
  reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
  return reply.sendFile(isAsset || basename(path).includes('.') ? path : PAGE)
}

function notFound(folder: string): Problem {
  const isBuilt = existsSync(join(folder, PAGE))
  return new Problem('not_found', {
    detail: isBuilt ? 'the dashboard has no such file' : 'the dashboard is not built: run `npm run build`',
  })
}
