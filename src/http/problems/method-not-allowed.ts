import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'

/** The methods that routes use. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Collects the methods of all routes. Call it before the first route is registered.
 * @returns a function to call after the last one: it registers the answer 405, with `Allow`, for the other methods of each path
 */
export function collectMethods(app: App): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    known.set(url, methods)
  })
  return () => {
    for (const [url, methods] of [...known]) {
      const missing = [...METHODS, 'OPTIONS'].filter(method => !methods.has(method))
      if (missing.length === 0 || url === '*' || url.startsWith('/docs')) continue
      const allow = [...methods].join(', ')
      app.route({
        method: missing,
        url,
        schema: { hide: true },
        config: { access: { open: true } },
        onRequest: async () => {
          throw new Problem('method_not_allowed', { detail: `allowed methods: ${allow}`, headers: { allow } })
        },
        handler: () => undefined,
      })
    }
  }
}
