import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { ADMIN } from '../../seed/fill.ts'
import { type Screen, visit } from './visit.ts'

const SCREEN: Screen = { width: 1000, height: 800 }
const PAGES: { name: string; path: string; screen: Screen }[] = [
  { name: 'retention', path: 'retention?until=today', screen: SCREEN },
  { name: 'top-images', path: 'top-images?metric=people&since=30d', screen: { ...SCREEN, isDark: true } },
]

/** Writes the pictures of pages of reports in docs/pictures. @param url of a service with the demo data */
export async function writeReportPages(browser: Browser, url: string): Promise<void> {
  for (const { name, path, screen } of PAGES) {
    const page = await visit(browser, screen)
    const session = await page.request.post(`${url}/v1/sessions`, { data: ADMIN })
    const { accessToken } = (await session.json()) as { accessToken: string }
    const headers = { authorization: `Bearer ${accessToken}` }
    // The browser would save the report as a file.
    const report = await page.request.get(`${url}/v1/reports/${path}&format=html`, { headers })
    await page.setContent(await report.text())
    await page.screenshot({ path: fileURLToPath(new URL(`../../../docs/pictures/${name}.png`, import.meta.url)) })
    process.stdout.write(`docs/pictures/${name}.png\n`)
    await page.context().close()
  }
}
