import {
  type InfiniteData,
  keepPreviousData,
  QueryClient,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/preact-query'
import { ask } from './ask.ts'
import { Problem } from './problem.ts'
import type { Page } from './types.ts'

/** Something to read from the API: its path, with the type of the answer. */
export interface Resource<Answer> {
  path: string
  /** Only for the type. */
  answer?: Answer
}

/** A list to read from the API page by page. */
export interface Listing<Item> {
  path: string
  /** Only for the type. */
  item?: Item
}

const STALE_MS = 5_000
const RETRIES = 2
/** `useAnswers` is for more answers than memory should hold. */
const FORGOTTEN_MS = 30_000

/** Remembers answers by their paths. A request that the service could not answer for now is repeated. */
export const answers = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      retry: (failures, error) => failures < RETRIES && error instanceof Problem && isPassing(error),
    },
    mutations: { retry: false },
  },
})

interface Reading {
  /** Reads again after so long while the page is looked at, in ms. */
  every?: number
  /** Shows the answer of the path before, until that of a new path is there. */
  keep?: boolean
  /** Reads nothing yet when false. */
  enabled?: boolean
}

/** Reads from the API, and reads again when the answer is asked for later. */
export function useAnswer<Answer>({ path }: Resource<Answer>, { every, keep = false, enabled = true }: Reading = {}) {
  return useQuery<Answer, Problem>({
    queryKey: [path],
    queryFn: ({ signal }) => ask<Answer>('GET', path, { signal }),
    refetchInterval: every ?? false,
    enabled,
    ...(keep && { placeholderData: keepPreviousData }),
  })
}

/**
 * Reads several things of one kind from the API. Which ones may change; those that are not asked for any more are soon forgotten.
 * @returns what is known of each, in their order
 */
export function useAnswers<Answer>(resources: Resource<Answer>[]) {
  return useQueries({
    queries: resources.map(({ path }) => ({
      queryKey: [path],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask<Answer>('GET', path, { signal }),
      gcTime: FORGOTTEN_MS,
    })),
  }) as Pick<UseQueryResult<Answer, Problem>, 'data' | 'error' | 'refetch'>[]
}

/** Reads a list page by page, as `fetchNextPage` is called. */
export function useListing<Item>({ path }: Listing<Item>, { every, keep = false, enabled = true }: Reading = {}) {
  return useInfiniteQuery<Page<Item>, Problem, InfiniteData<Page<Item>>, string[], string | null>({
    queryKey: [path],
    queryFn: ({ signal, pageParam }) => ask<Page<Item>>('GET', withCursor(path, pageParam), { signal }),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: every ?? false,
    enabled,
    ...(keep && { placeholderData: keepPreviousData }),
  })
}

/** Returns a function that changes something by the API; then, the answers whose paths begin so are read again. */
export function useChange<Input, Answer = unknown>(change: (input: Input) => Promise<Answer>, changes: string[]) {
  const client = useQueryClient()
  return useMutation<Answer, Problem, Input>({
    mutationFn: change,
    onSuccess: () => outdate(changes, client),
  })
}

/** Has the answers read again whose paths begin with one of these. */
export async function outdate(paths: string[], client: QueryClient = answers): Promise<void> {
  await client.invalidateQueries({
    predicate: ({ queryKey: [path] }) => paths.some(start => String(path).startsWith(start)),
  })
}

/** Adds query parameters to a path; those without a value are left out. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return path
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

function withCursor(path: string, cursor: string | null): string {
  if (cursor === null) return path
  return `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`
}

/** Whether a request that failed may succeed soon: there was no answer, or the service is busy. */
function isPassing({ status }: Problem): boolean {
  return status === 0 || status === 503
}
