import type { ComponentChildren } from 'preact'
import type { Problem } from '../../api/problem.ts'
import type { Page } from '../../api/types.ts'
import { Button } from '../actions/button.tsx'
import { Failure } from '../feedback/failure.tsx'
import { SkeletonRows } from '../feedback/skeleton.tsx'

/** What `useListing` returns. */
interface Listing<Item> {
  data: { pages: Page<Item>[] } | undefined
  error: Problem | null
  hasNextPage: boolean
  isFetchingNextPage: boolean
  refetch(): unknown
  fetchNextPage(): unknown
}

interface ListedProps<Item> {
  listing: Listing<Item>
  /** Stands in place of a list without items. */
  empty: ComponentChildren
  children(items: Item[]): ComponentChildren
}

/** A list that is read page by page, with a button for more; a skeleton while it is read, and what to do when that fails. */
export function Listed<Item>({ listing, empty, children }: ListedProps<Item>) {
  const { data, error, hasNextPage, isFetchingNextPage, refetch, fetchNextPage } = listing
  if (!data) return error ? <Failure problem={error} retry={refetch} /> : <SkeletonRows />
  const items = data.pages.flatMap(page => page.items)
  return (
    <>
      {items.length === 0 ? empty : children(items)}
      {hasNextPage && (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  )
}
