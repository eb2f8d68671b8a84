import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { open } from './rooms.ts'
import { famousImage, visitAsAdmin } from './visit.ts'

const SCREEN = { width: 1440, height: 900, density: 1.5 }

/** Writes the pictures of the dashboard in docs/pictures. */
export async function writePictures(browser: Browser, url: string): Promise<void> {
  const page = await visitAsAdmin(browser, SCREEN, url)
  const rooms = {
    library: '/',
    image: `/images/${await famousImage(url)}?range=30d`,
    overview: '/overview?range=30d',
    report: '/reports/retention',
  }
  for (const [name, path] of Object.entries(rooms)) {
    await open(page, url, { name, path })
    // Pictures are loaded when they come into view.
    await page.waitForLoadState('networkidle')
    const file = fileURLToPath(new URL(`../../../docs/pictures/dashboard-${name}.webp`, import.meta.url))
    const { size } = await sharp(await page.screenshot())
      .webp({ quality: 82 })
      .toFile(file)
    process.stdout.write(`docs/pictures/dashboard-${name}.webp: ${Math.round(size / 1000)} kB\n`)
  }
}
