import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { noBrowser } from '../helpers/browser.ts'
import { openShop } from '../helpers/tracker/shop.ts'

const PAGE = fileURLToPath(new URL('../../docs/tracker.md', import.meta.url))

t.test('the snippets of docs/tracker.md count as it says', { skip: noBrowser }, async t => {
  const shop = await openShop(t)
  const { key: pixelKey } = await shop.hasKey({ app: 'letter', scopes: ['events:pixel'] })
  const page = await readFile(PAGE, 'utf8')

  /** Returns the snippets in a language, about a picture. */
  function snippets(language: string, image: string, key = shop.key): string[] {
    const blocks = page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))
    return [...blocks].map(([, text = '']) =>
      text
        .replaceAll('https://glance.example', shop.url)
        .replaceAll('glk_...', key)
        .replaceAll(/\bID\b/g, image),
    )
  }

  t.test('a page with the script', async t => {
    const image = await shop.hangs()
    const [include = '', lists = ''] = snippets('html', image)
    const visitor = await shop.visits(t, shop.publishesWhole(include + lists))
    await shop.untilKept(visitor, 3)
    for (const name of ['Save', 'Share']) await visitor.getByText(name).click()
    await visitor.evaluate(snippets('js', image)[0] ?? '')
    // Seen in the page and in its list; opened in an element of the page, and by hand.
    const counts = { impression: 2, view: 2, download: 1, share: 1, zoom: 1, dwell: 1 }
    await shop.untilCounted(image, counts)
  })

  t.test('an e-mail with the pixel', async t => {
    const image = await shop.hangs()
    const pixel = snippets('html', image, pixelKey).find(snippet => snippet.includes('pixel.gif')) ?? ''
    await shop.visits(t, shop.publishesWhole(pixel))
    await shop.untilCounted(image, { view: 1 })
  })
})
