/** `npm run docs`: generates the pages in docs/ that are made from the code. */
import { writeFile } from 'node:fs/promises'
import { PAGES, pathOf } from './pages.ts'

for (const [name, page] of Object.entries(PAGES)) {
  await writeFile(pathOf(name), await page())
  process.stdout.write(`docs/${name}\n`)
}
