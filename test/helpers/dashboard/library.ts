import type { Locator, Page } from 'playwright-core'
import { until } from '../until.ts'

/** What a visitor does in the library. */
export interface LibraryVerbs {
  /** Drops files onto the page, by their names. */
  drops(files: Record<string, Buffer>): Promise<void>
  /** Drops files, and has them uploaded as they are offered or private; does not wait for the service. */
  uploads(files: Record<string, Buffer>, visibility?: 'Public' | 'Private'): Promise<void>
  /** The panel of the uploads. */
  uploadPanel: Locator
  /** Waits until the panel says so of all uploads. */
  readsOfUploads(status: string | RegExp): Promise<void>
  /** The links to the images in the grid. */
  tiles: Locator
  /** Opens an image of the grid, and looks at it until the page has told the service. */
  looksAt(name: string): Promise<void>
}

export function libraryVerbs(page: Page): LibraryVerbs {
  const panel = page.getByRole('region', { name: 'Uploads', exact: true })
  const tiles = page.getByRole('list', { name: 'Images', exact: true }).getByRole('link')

  /** Has the browser drag files over the page, or drop them. */
  async function drags(type: 'dragenter' | 'drop', files: Record<string, Buffer>) {
    const texts = Object.entries(files).map(([name, bytes]) => ({ name, base64: bytes.toString('base64') }))
    await page.getByRole('main').evaluate(
      (main, { type, texts }) => {
        const { DataTransfer, DragEvent } = main.ownerDocument.defaultView
        const dataTransfer = new DataTransfer()
        for (const { name, base64 } of texts) {
          const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
          dataTransfer.items.add(new File([bytes], name, { type: `image/${name.split('.').at(-1)}` }))
        }
        main.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
      },
      { type, texts },
    )
  }

  async function drops(files: Record<string, Buffer>) {
    await until('the page takes files', async () => {
      await drags('dragenter', files)
      return page.getByText('Drop images to upload them').isVisible()
    })
    await drags('drop', files)
  }

  return {
    drops,
    async uploads(files, visibility = 'Public') {
      await drops(files)
      await panel.getByRole('radio', { name: visibility, exact: true }).press('Space')
      await panel.getByRole('button', { name: /^Upload \d/ }).click()
    },
    uploadPanel: panel,
    readsOfUploads: status => panel.getByRole('status').filter({ hasText: status }).waitFor(),
    tiles,
    async looksAt(name) {
      const tile = tiles.filter({ has: page.getByRole('img', { name, exact: true }) })
      await Promise.all([page.waitForResponse(/\/v1\/events$/), tile.click()])
    },
  }
}
