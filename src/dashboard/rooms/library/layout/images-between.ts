import { ask } from '../../../api/ask.ts'
import { imagePage } from '../../../api/resources.ts'
import type { ListedImage, Page } from '../../../api/types.ts'
import type { ImageQuery } from '../view/use-view.ts'
import type { Layout } from './layout.ts'
import { pageWith } from './pages.ts'

/** Returns the images from one index to another, both included; reads those that are not in memory. @throws Problem */
export async function imagesBetween(query: ImageQuery, layout: Layout, a: number, b: number): Promise<ListedImage[]> {
  const { pages, starts } = layout
  const [first, last] = [Math.min(a, b), Math.max(a, b)]
  const found: ListedImage[] = []
  for (let index = pageWith(starts, first); index <= pageWith(starts, last); index++) {
    const { cursor = null, images } = pages[index] ?? {}
    const items = images ?? (await ask<Page<ListedImage>>('GET', imagePage(query, cursor).path)).items
    const start = starts[index] ?? 0
    found.push(...items.slice(Math.max(0, first - start), last + 1 - start))
  }
  return found
}
