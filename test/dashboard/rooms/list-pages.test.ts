import t from 'tap'
import type { ListedImage, Page } from '../../../src/dashboard/api/types.ts'
import { indexNow, layOut, pagesOf } from '../../../src/dashboard/rooms/library/layout/layout.ts'
import {
  forgetFar,
  isComplete,
  type LoadedPage,
  startsOf,
  UNREAD,
  withPage,
} from '../../../src/dashboard/rooms/library/layout/pages.ts'

/** A page with so many images of one form. */
function answer(count: number, nextCursor: string | null): Page<ListedImage> {
  const items = Array.from({ length: count }, () => ({ width: 400, height: 300 }) as ListedImage)
  return { items, nextCursor }
}

/** A list of which three pages of ten images each are read, and there are more. */
function threePages(): LoadedPage[] {
  const read = (pages: LoadedPage[], index: number) => withPage(pages, index, answer(10, `after-${index}`))
  return [0, 1, 2].reduce(read, UNREAD)
}

t.test('a page that is read is followed by the next one, until the end', async t => {
  const pages = threePages()
  t.same(
    pages.map(({ cursor }) => cursor),
    [null, 'after-0', 'after-1', 'after-2'],
  )
  t.equal(isComplete(pages), false)
  t.equal(isComplete(withPage(pages, 3, answer(4, null))), true)
  t.equal(isComplete(withPage(UNREAD, 0, answer(0, null))), true, 'an empty list')
})

t.test(
  'a page that ends elsewhere than before has the next one read from there; the others keep their places',
  async t => {
    const before = threePages()
    const pages = withPage(before, 0, answer(10, 'after an upload'))
    t.equal(pages[1]?.cursor, 'after an upload')
    t.equal(pages[1]?.images, before[1]?.images, 'it is shown as it was until then')
    t.same(pages.slice(2), before.slice(2))
  },
)

t.test('a page that became the last one ends the list', async t => {
  t.equal(withPage(threePages(), 1, answer(3, null)).length, 2)
})

t.test('pages far away lose their images and keep their room', async t => {
  const before = threePages()
  const pages = forgetFar(before, 2, 2, 1)
  t.same(
    pages.map(({ images }) => images?.length),
    [undefined, 10, 10, undefined],
  )
  t.same(startsOf(pages), startsOf(before))
  t.equal(forgetFar(pages, 2, 2, 1), pages, 'nothing changes the second time')
})

t.test('rows need their pages, and the next one where the read ones end', async t => {
  const many = Array.from({ length: 8 }).reduce<LoadedPage[]>(
    (pages, _, index) => withPage(pages, index, answer(100, `after-${index}`)),
    UNREAD,
  )
  const layout = layOut(many, 1000)
  t.same(pagesOf(layout, 0, 8), { from: 0, to: 0 })
  t.same(pagesOf(layout, layout.rows.length - 8, layout.rows.length), { from: 7, to: 8 })
})

t.test('a list without rows needs its first page', async t => {
  t.same(pagesOf(layOut(UNREAD, 0), 0, 0), { from: 0, to: 0 })
})

t.test('an image keeps its place in its page when a page before it becomes shorter', async t => {
  const before = layOut(threePages(), 1000)
  const now = layOut(withPage(before.pages, 0, answer(7, 'after-0')), 1000)
  t.equal(indexNow(before, now, 12), 9)
  t.equal(indexNow(before, now, 3), 3)
})
