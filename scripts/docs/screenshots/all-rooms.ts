import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { looksAt, open } from './rooms.ts'
import { famousImage, type Screen, visit, visitAsAdmin } from './visit.ts'

const SCREENS: Record<string, Screen> = {
  desk: { width: 1440, height: 900 },
  'desk-dark': { width: 1440, height: 900, isDark: true },
  phone: { width: 360, height: 740 },
  'phone-dark': { width: 360, height: 740, isDark: true },
}

/** Writes all rooms of a service into a folder, each whole and on each screen. */
export async function writeAllRooms(browser: Browser, url: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const looks = looksAt(await famousImage(url))
  for (const [name, screen] of Object.entries(SCREENS)) {
    const [visitor, admin] = [await visit(browser, screen), await visitAsAdmin(browser, screen, url)]
    for (const look of looks) {
      const page = look.isSignedOut ? visitor : admin
      await open(page, url, look)
      await page.screenshot({ path: join(folder, `${look.name}-${name}.png`), fullPage: true })
    }
    process.stdout.write(`${name}: ${looks.length} rooms\n`)
    await Promise.all([visitor, admin].map(page => page.context().close()))
  }
}
