/** `npm run screenshots`: writes the pictures of the dashboard in docs/pictures, or pictures of all its rooms into a folder. */
import { chromium } from 'playwright-core'
import { findBrowser } from '../lib/browser.ts'
import { readCommand } from '../lib/command.ts'
import { writeAllRooms } from './screenshots/all-rooms.ts'
import { withDemo } from './screenshots/demo.ts'
import { writePictures } from './screenshots/pictures.ts'

const HELP = `npm run screenshots [-- [folder] [--url <url>]]

Writes the pictures of the dashboard in docs/pictures. With a folder, it writes all rooms into it instead, on a desk and on a phone, light and
dark, to be looked at. It seeds a service of its own, which takes some minutes; --url takes a running demo instead. It needs a Chromium
or Chrome: that of CHROME_PATH, or one that is installed.`

const { folder, url } = readCommand(HELP, { url: { type: 'string' } }, ({ url }, [folder, ...others]) => {
  if (others.length > 0) throw new Error(`unknown argument ${others[0]}`)
  return { folder, url }
})

const executablePath = findBrowser()
if (executablePath === undefined) throw new Error('there is no Chromium or Chrome; set CHROME_PATH')
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
const take = (url: string) => (folder === undefined ? writePictures(browser, url) : writeAllRooms(browser, url, folder))
try {
  await (url === undefined ? withDemo(take) : take(url))
} finally {
  await browser.close()
}
