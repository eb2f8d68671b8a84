import { setTimeout as pause } from 'node:timers/promises'
import type { OwnReports } from '../../src/reports/own/own-reports.ts'
import { print } from '../lib/command.ts'

const POLL_INTERVAL_MS = 500
const INTERVAL_MS = 10_000
/** Moves the cursor of a terminal to the beginning, and clears what follows. */
const CLEAR = '\x1b[H\x1b[J'

/** Shows a text again and again: each time that a file of an own report changes, and every 10 s. A failure is shown in its place. */
export async function watch(own: OwnReports, show: () => Promise<string>): Promise<never> {
  for (;;) {
    const list = await own.read()
    const shown = performance.now()
    const text = await show().catch(error => `${(error as Error).message}\n`)
    await print(process.stdout.isTTY ? `${CLEAR}${text}` : text)
    while ((await own.read()) === list && performance.now() - shown < INTERVAL_MS) await pause(POLL_INTERVAL_MS)
  }
}
