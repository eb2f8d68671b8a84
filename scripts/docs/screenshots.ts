/** `npm run screenshots`: writes the pictures of docs/pictures, or pictures of all rooms of the dashboard into a folder. */
import { chromium } from 'playwright-core'
import { findBrowser } from '../lib/browser.ts'
import { readCommand } from '../lib/command.ts'
import { writeAllRooms } from './screenshots/all-rooms.ts'
import { withDemo } from './screenshots/demo.ts'
import { writePictures } from './screenshots/pictures.ts'
import { writeReportPages } from './screenshots/report-pages.ts'

const HELP = `npm run screenshots [-- [folder] [--url <url>]]

Writes the pictures of the dashboard and of reports in docs/pictures. With a folder, it writes all rooms of the dashboard into it instead,
on a desk and on a phone, light and dark, to be looked at. It seeds a service of its own, which takes some minutes; --url takes a running
demo instead. It needs a Chromium or Chrome: that of CHROME_PATH, or one that is installed.`

const { folder, url } = readCommand(HELP, { url: { type: 'string' } }, ({ url }, [folder, ...others]) => {
  if (others.length > 0) throw new Error(`unknown argument ${others[0]}`)
  return { folder, url }
})

const executablePath = findBrowser()
if (executablePath === undefined) throw new Error('there is no Chromium or Chrome; set CHROME_PATH')
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
try {
  await (url === undefined ? withDemo(take) : take(url))
} finally {
  await browser.close()
}

async function take(url: string): Promise<void> {
  if (folder !== undefined) return writeAllRooms(browser, url, folder)
  await writePictures(browser, url)
  await writeReportPages(browser, url)
}
