import type { EngineOptions } from '../../src/engine/options.ts'

/** Returns the options of the engine from the environment, for scripts that start one. @throws Error when GLANCE_ENGINE is wrong */
export function engineOptions(): Pick<EngineOptions, 'uri' | 'kind' | 'debianMirror' | 'mongodBinary'> {
  const { MONGODB_URI, GLANCE_ENGINE, GLANCE_DEBIAN_MIRROR, MONGOMS_SYSTEM_BINARY } = process.env
  if (GLANCE_ENGINE && GLANCE_ENGINE !== 'mongod' && GLANCE_ENGINE !== 'documentdb') {
    throw new Error('GLANCE_ENGINE must be mongod or documentdb')
  }
  return {
    uri: MONGODB_URI || undefined,
    kind: (GLANCE_ENGINE || undefined) as EngineOptions['kind'],
    debianMirror: GLANCE_DEBIAN_MIRROR || undefined,
    mongodBinary: MONGOMS_SYSTEM_BINARY || undefined,
  }
}
