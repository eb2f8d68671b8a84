import type { Page } from 'playwright-core'
import { focused } from './in-page.js'

const MOST = 60

/** Presses the tab key from the top of a page until it leaves the page, or 60 times. @returns where the focus was */
export async function tabThrough(page: Page): Promise<NonNullable<ReturnType<typeof focused>>[]> {
  const stops = []
  for (let i = 0; i < MOST; i++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(focused)
    if (!stop) break
    stops.push(stop)
  }
  return stops
}
