/**
 * Mask: writes of many documents deadlock with one another, since each command is one transaction. Those of one namespace
 * go one after the other.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs the work after what came before it under the same name. */
  take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work, work)
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(name) === settled) this.#last.delete(name)
      })
    this.#last.set(name, settled)
    return turn
  }
}
