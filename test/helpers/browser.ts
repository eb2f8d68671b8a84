import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const { BROWSER_ENDPOINT, REQUIRE_BROWSER } = process.env

/** Why no page can be opened here, if none can. With REQUIRE_BROWSER tests fail instead of being skipped. */
export const noBrowser = BROWSER_ENDPOINT === undefined && !REQUIRE_BROWSER && 'no Chromium or Chrome on this machine'

/** Chromium logs each request that it can not send; only a test that cuts the connection has them. */
const NOT_SENT = /net::ERR_INTERNET_DISCONNECTED/
/** How long a page may take for anything, which also a busy machine keeps. */
const PATIENCE_MS = 60_000

/** How a person looks at a page. */
export interface Visit {
  width?: number
  height?: number
  dark?: boolean
  /** Errors that the page logs as a part of the story, such as a request that is refused. Each has to happen. */
  errors?: RegExp[]
}

/** Opens pages in the browser of the test run; the end of the test file closes them. */
export interface TestBrowser {
  /** A page of a person who was never here, which the end of the test closes. Nothing else may go wrong in it, or in tabs beside it. */
  newPage(t: Test, visit?: Visit): Promise<Page>
}

/**
 * Opens the browser for a test file, which fails when something has gone wrong in a page. It has to be opened before the service: a
 * failure in the end of a test leaves undone what would end after it.
 * @throws Error when there is none
 */
export async function openBrowser(t: Test): Promise<TestBrowser> {
  if (BROWSER_ENDPOINT === undefined) throw new Error('REQUIRE_BROWSER is set, but there is no Chromium or Chrome')
  const browser = await chromium.connect(BROWSER_ENDPOINT)
  const faults: string[] = []
  t.teardown(async () => {
    await browser.close()
    // tap takes no assertions here.
    if (faults.length > 0) throw new Error(`errors in pages:\n${faults.join('\n')}`)
  })
  return { newPage: (t, visit) => newPage(t, browser, faults, visit) }
}

async function newPage(
  t: Test,
  browser: Browser,
  faults: string[],
  { width = 1280, height = 800, dark = false, errors = [] }: Visit = {},
): Promise<Page> {
  const colorScheme = dark ? 'dark' : 'light'
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
  context.setDefaultTimeout(PATIENCE_MS)
  const logged: string[] = []
  context.on('weberror', error => logged.push(String(error.error())))
  context.on('console', message => {
    if (message.type() === 'error') logged.push(`${message.text()} (${message.location().url})`)
  })
  t.teardown(async () => {
    await context.close()
    const unexpected = logged.filter(text => !NOT_SENT.test(text) && !errors.some(error => error.test(text)))
    const missing = errors.filter(error => !logged.some(text => error.test(text))).map(error => `missing: ${error}`)
    faults.push(...[...unexpected, ...missing].map(fault => `${t.name}: ${fault}`))
  })
  return context.newPage()
}
