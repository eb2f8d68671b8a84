import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'

/** What some resource or other knows. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Call before the first route; the function it gives, called after the last, answers 405 where a path knows other methods only. */
export function collectMethods(app: App): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
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
          throw new Problem('method_not_allowed', { detail: `Allowed: ${allow}`, headers: { allow } })
        },
        handler: () => undefined,
      })
    }
  }
}
