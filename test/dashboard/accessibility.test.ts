import type { Page } from 'playwright-core'
import t from 'tap'
import { looksAt, open } from '../../scripts/docs/screenshots/rooms.ts'
import { noBrowser, openBrowser } from '../helpers/browser.ts'
import { faultsOf } from '../helpers/dashboard/axe.ts'
import { openGallery, signInOn } from '../helpers/dashboard/gallery.ts'
import { tooWide } from '../helpers/dashboard/in-page.js'
import { tabThrough } from '../helpers/dashboard/tab-stops.ts'

const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 360, height: 740 }

t.test('every room is accessible', { skip: noBrowser }, async t => {
  const { url, pictures } = await openGallery(t)
  const browser = await openBrowser(t)
  const [visitor, admin] = await Promise.all([browser.newPage(t), browser.newPage(t)])
  await signInOn(admin, url)
  const looks = looksAt(pictures[0]?.id ?? '')

  for (const look of looks) {
    await t.test(`${look.name}: axe finds nothing, and nothing is wider than a phone`, async t => {
      const page = look.isSignedOut ? visitor : admin
      await page.setViewportSize(WIDE)
      await open(page, url, look)
      t.same(await faultsIn(page), [], 'on a desk')
      await page.setViewportSize(NARROW)
      t.same(await faultsIn(page), [], 'on a phone')
      t.same(await page.evaluate(tooWide), [])
    })
  }

  await t.test('the menu of a phone: axe finds nothing', async t => {
    await admin.setViewportSize(NARROW)
    await open(admin, url, { name: 'menu', path: '/', act: page => page.getByRole('button', { name: 'Menu' }).click() })
    t.ok(await admin.getByRole('dialog', { name: 'Menu' }).getByRole('link', { name: 'Overview' }).isVisible())
    t.same(await faultsIn(admin), [])
  })

  /** Returns what axe finds in both themes: only the rules of colours depend on them. */
  async function faultsIn(page: Page): Promise<string[]> {
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await faultsOf(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    return [...light, ...(await faultsOf(page, 'colours')).map(fault => `dark: ${fault}`)]
  }

  const MAIN_CONTROLS: Record<string, string[]> = {
    library: ['Skip to content', 'Library', 'Overview', 'Select', 'Upload', 'Search the library', 'Order'],
    image: ['Skip to content', 'Library', 'Share', 'Download', 'Like', 'Save', 'Your tag', 'Edit'],
    overview: ['Skip to content', 'Overview', 'Choose dates'],
    report: ['Skip to content', 'Reports', 'All reports', 'CSV', 'Run', 'Result'],
    'admin-accounts': ['Skip to content', 'Administration', 'Accounts', 'Find an account', 'Change roles'],
    'me-profile': ['Skip to content', 'Account', 'Profile', 'Name', 'Save profile'],
  }
  for (const [name, controls] of Object.entries(MAIN_CONTROLS)) {
    await t.test(`${name}: the tab key reaches the main controls in order, and shows where it is`, async t => {
      const look = looks.find(look => look.name === name)
      if (!look) throw new Error(`no room ${name}`)
      await admin.setViewportSize(WIDE)
      await open(admin, url, look)
      const stops = await tabThrough(admin)
      t.same(
        stops.filter(({ isSeen }) => !isSeen),
        [],
      )
      const names = stops.map(({ name }) => name)
      let last = -1
      for (const control of controls) {
        const place = names.findIndex((name, place) => place > last && name.startsWith(control))
        t.ok(place > last, `${control} in ${names.join(' | ')}`)
        last = place
      }
    })
  }
})
