import type { Browser, Page } from 'playwright-core'
import { ADMIN } from '../../seed/fill.ts'

/** What a room is looked at on. */
export interface Screen {
  width: number
  height: number
  isDark?: boolean
  /** Pixels for each pixel of CSS; 1 by default. */
  density?: number
}

/** Opens a page as somebody who is not signed in. */
export async function visit(browser: Browser, { width, height, isDark = false, density = 1 }: Screen): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: density,
    colorScheme: isDark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
  })
  return context.newPage()
}

/** Opens a page as the admin of the demo, who signs in by the form. @param url of the service */
export async function visitAsAdmin(browser: Browser, screen: Screen, url: string): Promise<Page> {
  const page = await visit(browser, screen)
  await page.goto(`${url}/dashboard/sign-in`)
  await page.getByLabel('E-mail').fill(ADMIN.email)
  await page.getByLabel('Password').fill(ADMIN.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign out', includeHidden: true }).first().waitFor({ state: 'attached' })
  return page
}

/** Returns the id of the picture of the demo that most is known about. */
export async function famousImage(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/images?q=northern&limit=100`)
  const { items } = (await response.json()) as { items: { id: string; title: string }[] }
  const image = items.find(({ title }) => title === 'Northern lights')
  if (!image) throw new Error('the service has no demo data')
  return image.id
}
