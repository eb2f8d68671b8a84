import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { endStreams, type Look, open } from './rooms.ts'
import { famousImage, visitAsAdmin } from './visit.ts'

const SCREEN = { width: 1440, height: 900, density: 1.5 }

/** Writes the pictures of the dashboard in docs/pictures. */
export async function writePictures(browser: Browser, url: string): Promise<void> {
  const page = await visitAsAdmin(browser, SCREEN, url)
  await endStreams(page)
  const image = `/images/${await famousImage(url)}?range=30d`
  const looks: Look[] = [
    { name: 'library', path: '/' },
    { name: 'image', path: image },
    { name: 'numbers', path: image, act: scrollToNumbers },
    { name: 'overview', path: '/overview?range=30d' },
    { name: 'report', path: '/reports/top-images?since=30d' },
  ]
  for (const look of looks) {
    await open(page, url, look)
    // Pictures are loaded when they come into view.
    await page.waitForLoadState('networkidle')
    const file = fileURLToPath(new URL(`../../../docs/pictures/dashboard-${look.name}.webp`, import.meta.url))
    const { size } = await sharp(await page.screenshot())
      .webp({ quality: 82 })
      .toFile(file)
    process.stdout.write(`docs/pictures/dashboard-${look.name}.webp: ${Math.round(size / 1000)} kB\n`)
  }
}

async function scrollToNumbers(page: Page): Promise<void> {
  const numbers = page.getByRole('heading', { name: 'Numbers' })
  await numbers.evaluate((heading: { scrollIntoView(): void }) => heading.scrollIntoView())
}
