import { setTimeout as pause } from 'node:timers/promises'

const PATIENCE_MS = 120_000

/** Asks again, more rarely the longer it takes, until the answer is there. @throws after 2 minutes, with what was waited for */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false | null>,
): Promise<Answer> {
  const start = Date.now()
  for (let waited = 0; waited < PATIENCE_MS; waited = Date.now() - start) {
    const answer = await ask()
    if (answer !== undefined && answer !== false && answer !== null) return answer
    await pause(Math.min(250, 50 + waited / 10))
  }
  throw new Error(`waited in vain for: ${what}`)
}
