import { setTimeout as pause } from 'node:timers/promises'

const PATIENCE_MS = 120_000

/** Asks again until the answer is there. @throws after 2 minutes, with what was waited for */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false | null>,
): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined && answer !== false && answer !== null) return answer
    await pause(50)
  }
  throw new Error(`waited in vain for: ${what}`)
}
