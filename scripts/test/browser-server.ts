import type { BrowserServer } from 'playwright-core'
import { findBrowser } from '../lib/browser.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A browser without a window says that it is automated, and is not counted; a page can not change what its beacons say.
  '--user-agent=Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
]
/** Flags of Playwright that are left out: people go back to pages that their browser has kept. */
const LEFT_OUT = ['--disable-back-forward-cache']

/** Starts the browser in which the tests of a run open their pages. @returns undefined where none is installed */
export async function startBrowser(): Promise<BrowserServer | undefined> {
  const executablePath = findBrowser()
  if (executablePath === undefined) return undefined
  // It takes half a second to load, which runs without pages need not wait for.
  const { chromium } = await import('playwright-core')
  // The run stops it, also after a signal.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
  return chromium.launchServer({
    executablePath,
    args: FLAGS,
    ignoreDefaultArgs: LEFT_OUT,
    host: '127.0.0.1',
    ...signals,
  })
}
