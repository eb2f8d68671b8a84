import type { Locator, Page } from 'playwright-core'
import { submits } from './form.ts'
import { type ImageVerbs, imageVerbs } from './image-room.ts'
import { type LibraryVerbs, libraryVerbs } from './library.ts'

interface Credentials {
  email: string
  password: string
}

/** Somebody who uses the dashboard: finds things by their roles and names, as with a screen reader. */
export interface Visitor extends LibraryVerbs, ImageVerbs {
  page: Page
  /** Goes to an address of the dashboard. */
  goes(path: string): Promise<void>
  /** Opens a room by the navigation, and waits until it is shown. */
  opens(room: string): Promise<void>
  /** Waits until the room with this title is shown. */
  isIn(title: string): Promise<void>
  /** Waits for words. */
  reads(words: string | RegExp): Promise<void>
  presses(button: string | RegExp): Promise<void>
  follows(link: string | RegExp): Promise<void>
  /** Chooses one of the options that are seen. */
  chooses(option: string): Promise<void>
  /** Fills fields of the room by their labels, and presses the button of the form. */
  submits(action: string, values?: Record<string, string>): Promise<void>
  /** The dialog with a title, once it is open. */
  dialog(title: string): Promise<Locator>
  /** Makes the first account with the code of the setup. */
  setsUp(code: string, credentials: Credentials): Promise<void>
  signsIn(credentials: Credentials): Promise<void>
  /** Opens another tab of the same browser. */
  opensTab(): Promise<Visitor>
  /** Returns to this tab: browsers draw nothing in others. */
  returns(): Promise<void>
}

/** @param url of the service */
export function visitorAt(page: Page, url: string): Visitor {
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const navigation = page.getByRole('navigation', { name: 'Rooms', exact: true })
  const isSignedIn = () => button('Sign out').waitFor()
  const isIn = (title: string) => page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()

  return {
    ...libraryVerbs(page),
    ...imageVerbs(page),
    page,
    async goes(path) {
      await page.goto(`${url}/dashboard/${path}`)
    },
    async opens(room) {
      await navigation.getByRole('link', { name: room, exact: true }).click()
      await isIn(room)
    },
    isIn,
    reads: words => page.getByText(words).first().waitFor(),
    presses: name => button(name).click(),
    follows: name => page.getByRole('main').getByRole('link', { name, exact: true }).click(),
    chooses: name => page.getByRole('radio', { name, exact: true }).press('Space'),
    submits: (action, values) => submits(page.getByRole('main'), action, values),
    async dialog(title) {
      const dialog = page.getByRole('dialog', { name: title, exact: true })
      await dialog.waitFor()
      return dialog
    },
    async setsUp(code, { email, password }) {
      await page.goto(`${url}/dashboard/setup`)
      await submits(page, 'Create the admin', { 'Setup code': code, 'E-mail': email, Password: password })
      await isSignedIn()
    },
    async signsIn({ email, password }) {
      await page.goto(`${url}/dashboard/sign-in`)
      await submits(page, 'Sign in', { 'E-mail': email, Password: password })
      await isSignedIn()
    },
    returns: () => page.bringToFront(),
    opensTab: async () => visitorAt(await page.context().newPage(), url),
  }
}
