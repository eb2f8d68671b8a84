/** Invalid configuration; the message has one line for each fault. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
  }
}

/** Returns an error handler that throws a ConfigError which names these variables. */
export function configErrorFor(variables: string): (error: unknown) => never {
  return error => {
    throw new ConfigError([`${variables}: ${(error as Error).message}`])
  }
}
