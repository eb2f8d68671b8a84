/** The engine can not start, or can not go on; the message says in a line why and what would help. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
}

const WAYS_OUT =
  'Set MONGODB_URI to a MongoDB of yours, or put a mongod on PATH (or name it in MONGOMS_SYSTEM_BINARY), ' +
  'or use a Debian-like machine whose apt sources reach a Debian mirror.'

/** An error that ends with the three ways to a database. */
export function noEngine(why: string, cause?: unknown): EngineError {
  return new EngineError(`${why} ${WAYS_OUT}`, { cause })
}

/** Another process holds the data folder. */
export class FolderInUse extends EngineError {}
