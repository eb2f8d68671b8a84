import type { QueryClient } from '@tanstack/preact-query'
import type { Image, Page } from '../../../api/types.ts'

/** The part of a list of images that is known around one of them. */
export interface ListBehind {
  images: Image[]
  /** The page that follows, as a path of the API; undefined when there is none. */
  following: string | undefined
}

interface KnownPage extends Page<Image> {
  path: string
  readAt: number
}

const NONE: ListBehind = { images: [], following: undefined }

/** The list that the reader came from: remembered, since pages that are not shown are soon forgotten. */
let remembered = NONE

/** Returns the list that was read last among those that contain an image; an empty one when there is none. */
export function listBehind(id: string, client: QueryClient): ListBehind {
  const pages = knownPages(client)
  const page = pages.filter(page => contains(page.items, id)).sort((a, b) => b.readAt - a.readAt)[0]
  const present = page ? listAround(page, pages) : NONE
  const isShorter = contains(remembered.images, id) && present.images.length <= remembered.images.length
  if (!isShorter) remembered = present
  return remembered
}

/** Returns the list of a page with the pages before and after it, as far as they are known. */
function listAround(page: KnownPage, pages: KnownPage[]): ListBehind {
  const byPath = new Map(pages.map(page => [page.path, page]))
  const byFollowing = new Map(pages.map(page => [followingOf(page), page]))
  const before = chain(page, ({ path }) => byFollowing.get(path)).reverse()
  const after = chain(page, page => byPath.get(followingOf(page) ?? ''))
  return {
    images: [...before, page, ...after].flatMap(({ items }) => items),
    following: followingOf(after.at(-1) ?? page),
  }
}

/** Returns the pages that one leads to, then the next. */
function chain(from: KnownPage, next: (page: KnownPage) => KnownPage | undefined): KnownPage[] {
  const pages: KnownPage[] = []
  for (let page = next(from); page && page !== from && !pages.includes(page); page = next(page)) pages.push(page)
  return pages
}

function knownPages(client: QueryClient): KnownPage[] {
  return client
    .getQueryCache()
    .getAll()
    .flatMap(({ queryKey: [path], state: { data, dataUpdatedAt: readAt } }) =>
      /^\/v1\/images(\?|$)/.test(String(path)) && isPage(data) ? [{ ...data, path: String(path), readAt }] : [],
    )
}

/** Returns the path of the page that follows one. */
function followingOf({ path, nextCursor }: KnownPage): string | undefined {
  if (nextCursor === null) return undefined
  const url = new URL(path, location.origin)
  url.searchParams.set('cursor', nextCursor)
  return url.pathname + url.search
}

function isPage(data: unknown): data is Page<Image> {
  return typeof data === 'object' && data !== null && 'items' in data
}

function contains(images: Image[], id: string): boolean {
  return images.some(image => image.id === id)
}
