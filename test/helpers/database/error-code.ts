/** Returns the error code of a command; 0 when it succeeds. */
export function codeOf(work: Promise<unknown>): Promise<number> {
  return work.then(
    () => 0,
    error => error.code as number,
  )
}
