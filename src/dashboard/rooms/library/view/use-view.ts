import { useLocation } from 'preact-iso'
import { me } from '../../../api/session.ts'
import { useQueryState, withParameter } from '../../../hooks/use-query-state.ts'

/** Numbers that the library can be sorted by. */
export const NUMBERS = ['views', 'likes', 'saves', 'rating', 'ctr'] as const
export const SORTS = ['newest', 'oldest', ...NUMBERS] as const
export const WINDOWS = ['all', '30d', '7d', '24h'] as const
export const OWNERS = ['all', 'mine'] as const
export type Sort = (typeof SORTS)[number]
export type Window = (typeof WINDOWS)[number]
export type Owner = (typeof OWNERS)[number]

/** What the API is asked for. */
export type ImageQuery = Record<string, string | number | undefined>

/** What of the library is seen, and in which order: all of it stands in the address. */
export interface View {
  words: string
  setWords(words: string): void
  tag: string
  setTag(tag: string): void
  owner: Owner
  setOwner(owner: Owner): void
  /** The order that the list has; another one may be in the address that can not be had at present. */
  sort: Sort
  setSort(sort: Sort): void
  window: Window
  setWindow(window: Window): void
  /** Whether the list can be sorted by numbers: for accounts, and not while words are searched for. */
  hasNumbers: boolean
  /** Whether words or a tag restrict the list. */
  isFiltered: boolean
  clearFilters(): void
  query: ImageQuery
}

const PAGE_SIZE = 100

/** Returns what of the library is seen, and functions that change it. */
export function useView(): View {
  const { url, route } = useLocation()
  const [words, setWords] = useQueryState('q')
  const [tag, setTag] = useQueryState('tag')
  const [owner, setOwner] = useQueryState<Owner>('whose', OWNERS)
  const [chosenSort, setSort] = useQueryState<Sort>('sort', SORTS)
  const [window, setWindow] = useQueryState<Window>('window', WINDOWS)
  const hasNumbers = me.value !== null && words === ''
  const sort = hasNumbers || !isNumber(chosenSort) ? chosenSort : 'newest'
  const query = {
    limit: PAGE_SIZE,
    q: words,
    tag,
    owner: owner === 'mine' ? me.value?.id : undefined,
    sort: sort === 'newest' ? undefined : sort,
    window: isNumber(sort) && window !== 'all' ? window : undefined,
  }
  return {
    ...{ words, setWords, tag, setTag, owner, setOwner, sort, setSort, window, setWindow, hasNumbers, query },
    isFiltered: words !== '' || tag !== '',
    clearFilters: () => route(withParameter(withParameter(url, 'q', ''), 'tag', '')),
  }
}

/** Whether an order is one by a number. */
export function isNumber(sort: Sort): boolean {
  return (NUMBERS as readonly string[]).includes(sort)
}
