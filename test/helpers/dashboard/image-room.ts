import type { Page } from 'playwright-core'
import { submits } from './form.ts'

/** What a visitor does in the room of an image. */
export interface ImageVerbs {
  /** Likes the image, and sees it counted at once. */
  likes(): Promise<void>
  /** Writes a comment, and sees it listed. */
  comments(text: string): Promise<void>
  /** Waits until a figure of the numbers is so high. */
  seesFigure(label: string, value: string): Promise<void>
  /** Waits until the picture is loaded. */
  seesPicture(name: string): Promise<void>
}

export function imageVerbs(page: Page): ImageVerbs {
  const main = page.getByRole('main')
  return {
    async likes() {
      await main.getByRole('button', { name: /^Like \d/ }).click()
      await main.getByRole('button', { name: /^Like \d/, pressed: true }).waitFor()
    },
    async comments(text) {
      await submits(main, 'Post', { 'Your comment': text })
      await main.getByRole('list', { name: 'Comments', exact: true }).getByText(text, { exact: true }).waitFor()
    },
    async seesFigure(label, value) {
      const term = main.getByRole('term').getByText(label, { exact: true })
      const figure = term.locator('xpath=ancestor-or-self::dt/following-sibling::dd[1]')
      await figure.filter({ hasText: new RegExp(`^${value}$`) }).waitFor()
    },
    async seesPicture(name) {
      const picture = main.getByRole('img', { name, exact: true }).first()
      await picture.waitFor()
      await picture.evaluate(image => image.decode())
    },
  }
}
