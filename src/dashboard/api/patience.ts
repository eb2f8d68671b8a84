import { Problem } from './problem.ts'

/** The longest time that a request waits for its repetition, in ms: limits of requests are those of a minute. */
const LONGEST_MS = 90_000
const TURNS = 3

/** Sends a request again when the service says that it is busy now, and when it will not be. @throws Problem that time does not mend */
export async function withPatience<Answer>(request: () => Promise<Answer>): Promise<Answer> {
  for (let turn = 1; ; turn++) {
    try {
      return await request()
    } catch (error) {
      const pause = pauseAfter(error)
      if (pause === undefined || turn === TURNS) throw error
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }
}

/** Returns how long to wait before a request is repeated; undefined when it should not be. */
function pauseAfter(error: unknown): number | undefined {
  if (!(error instanceof Problem) || error.retryAt === undefined) return undefined
  if (error.status !== 429 && error.status !== 503) return undefined
  const pause = error.retryAt.getTime() - Date.now()
  return pause <= LONGEST_MS ? Math.max(0, pause) : undefined
}
