import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { findBrowser } from '../../scripts/lib/browser.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const executablePath = findBrowser()

/** Why no page can be opened here, if none can. With REQUIRE_BROWSER tests fail instead of being skipped. */
export const noBrowser =
  executablePath === undefined && !process.env.REQUIRE_BROWSER && 'no Chromium or Chrome on this machine'

/** How a person looks at a page. */
interface Screen {
  width?: number
  height?: number
  dark?: boolean
}

/** Opens pages in a browser of their own; the end of the test file closes it. */
export interface TestBrowser {
  /** A page of a person who was never here. When the test ends, nothing may have gone wrong in it. */
  newPage(t: Test, screen?: Screen): Promise<Page>
}

/** Starts the browser of a test file. @throws Error when there is none */
export async function openBrowser(t: Test): Promise<TestBrowser> {
  if (executablePath === undefined) throw new Error('REQUIRE_BROWSER is set, but there is no Chromium or Chrome')
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  t.teardown(() => browser.close())
  return { newPage: (t, screen) => newPage(t, browser, screen) }
}

async function newPage(t: Test, browser: Browser, { width = 1280, height = 800, dark = false }: Screen = {}) {
  const colorScheme = dark ? 'dark' : 'light'
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`)
  })
  t.teardown(async () => {
    await context.close()
    // tap takes no assertions here.
    if (errors.length > 0) throw new Error(`errors in the page:\n${errors.join('\n')}`)
  })
  return page
}
