/** The environment does not make a configuration: one line a fault. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
  }
}

/** What is done with an error that the values of these variables brought about. @throws ConfigError that names them */
export function configErrorFor(variables: string): (error: unknown) => never {
  return error => {
    throw new ConfigError([`${variables}: ${(error as Error).message}`])
  }
}
