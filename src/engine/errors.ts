/** The embedded database can not start or continue. The message is one line with the reason and, if known, a remedy. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
}

const REMEDIES =
  'Set MONGODB_URI to your own MongoDB, or put a mongod on PATH (or name it in MONGOMS_SYSTEM_BINARY), ' +
  'or use a Debian-like machine whose apt sources reach a Debian mirror.'

/** Returns the error that no kind of database is available; its message ends with the three ways to provide one. */
export function engineUnavailable(reason: string, cause?: unknown): EngineError {
  return new EngineError(`${reason} ${REMEDIES}`, { cause })
}

/** Another process uses the data folder. */
export class FolderInUse extends EngineError {}
