import { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

// Loaded twice: into the tests' thread, and from there into that of the loaders.
if (isMainThread) register(import.meta.url)

/**
 * Finds what a package exports by a pattern that goes on behind its star. The loader that tap brings does not know these.
 * @type {import('node:module').ResolveHook}
 */
export async function resolve(specifier, context, next) {
  if (!specifier.startsWith('hyparquet/src/')) return next(specifier, context)
  return { url: new URL(`../../node_modules/${specifier}`, import.meta.url).href, shortCircuit: true }
}
