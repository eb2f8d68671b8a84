import type { Page } from 'playwright-core'

/** A state of the dashboard that is looked at. */
export interface Look {
  name: string
  /** Below /dashboard. */
  path: string
  /** Seen by somebody who is not signed in; by an admin otherwise. */
  isSignedOut?: true
  /** What is done after it is opened. */
  act?(page: Page): Promise<unknown>
}

/** Returns all rooms, each with its parts and dialogs. @param image that is shown */
export function looksAt(image: string): Look[] {
  return [
    { name: 'sign-in', path: '/sign-in', isSignedOut: true },
    { name: 'sign-up', path: '/sign-up', isSignedOut: true },
    { name: 'setup', path: '/setup', isSignedOut: true },
    { name: 'setup-needed', path: '/setup', isSignedOut: true, act: needSetup },
    { name: 'library-signed-out', path: '/', isSignedOut: true },
    { name: 'library', path: '/' },
    { name: 'library-nothing-found', path: '/?q=xylophone' },
    { name: 'library-selection', path: '/', act: selectSome },
    { name: 'library-upload', path: '/', act: offerFile },
    { name: 'image-signed-out', path: `/images/${image}`, isSignedOut: true },
    { name: 'image', path: `/images/${image}` },
    { name: 'image-full', path: `/images/${image}?view=full` },
    { name: 'image-edit', path: `/images/${image}`, act: pressing('Edit') },
    { name: 'image-share', path: `/images/${image}`, act: pressing('Share') },
    { name: 'image-download', path: `/images/${image}`, act: pressing('Download') },
    { name: 'image-delete', path: `/images/${image}`, act: pressing('Delete') },
    { name: 'mine', path: '/mine' },
    { name: 'overview', path: '/overview' },
    { name: 'overview-dates', path: '/overview', act: pressing('Choose dates') },
    { name: 'reports', path: '/reports' },
    { name: 'report', path: '/reports/top-images' },
    { name: 'admin-accounts', path: '/admin' },
    { name: 'admin-roles', path: '/admin', act: pressing('Change roles') },
    { name: 'admin-keys', path: '/admin/keys' },
    { name: 'admin-new-key', path: '/admin/keys', act: pressing('New key') },
    { name: 'admin-audit', path: '/admin/audit' },
    { name: 'admin-erasures', path: '/admin/erasures' },
    { name: 'admin-erase', path: '/admin/erasures', act: pressing('Erase a person') },
    { name: 'admin-system', path: '/admin/system' },
    { name: 'me-profile', path: '/me' },
    { name: 'me-sessions', path: '/me/sessions' },
    { name: 'me-opinions', path: '/me/opinions' },
    { name: 'me-activity', path: '/me/activity' },
    { name: 'me-data', path: '/me/data' },
    { name: 'me-delete', path: '/me/data', act: pressing('Delete my account') },
    { name: 'admin-signed-out', path: '/admin', isSignedOut: true },
    { name: 'nowhere', path: '/nowhere' },
  ]
}

/** Opens a room, and waits until all of it is there. @param url of the service */
export async function open(page: Page, url: string, { path, act }: Look): Promise<void> {
  await page.goto(`${url}/dashboard${path}`)
  await settle(page)
  if (!act) return
  await act(page)
  await settle(page)
}

/** Waits until nothing is being read, and two frames are painted. */
export async function settle(page: Page): Promise<void> {
  await page.locator('body:has(h1):not(:has([aria-busy=true]))').waitFor()
  await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
}

/** Keeps streams of live numbers from going on: a page that reads one never comes to rest. */
export async function endStreams(page: Page): Promise<void> {
  await page.route('**/v1/live*', route => route.fulfill({ contentType: 'text/event-stream', body: '' }))
}

function pressing(name: string) {
  return (page: Page) => page.locator('main').getByRole('button', { name, exact: true }).first().click()
}

/** Shows what a service without an account asks for. */
async function needSetup(page: Page): Promise<void> {
  await page.route('**/v1/setup', route => route.fulfill({ json: { needed: true } }), { times: 1 })
  await page.reload()
  await page.getByRole('button', { name: 'Create the admin' }).waitFor()
}

async function selectSome(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Select', exact: true }).click()
  for (const place of [0, 2])
    await page
      .getByRole('checkbox', { name: /^Select/ })
      .nth(place)
      .check()
}

async function offerFile(page: Page): Promise<void> {
  const file = { name: 'by the lake.png', mimeType: 'image/png', buffer: Buffer.alloc(64) }
  await page.locator('input[type=file]').first().setInputFiles(file)
  await page.getByRole('heading', { name: 'Uploads' }).waitFor()
}
