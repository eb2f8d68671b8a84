/** The failure that the oracle expects of a command, with MongoDB's error code. */
export class OracleError extends Error {
  readonly code: number

  constructor(code: number) {
    super(`error ${code}`)
    this.code = code
  }
}
