import type { paths } from '../api.ts'
import type { Calls } from './calls.ts'

type Get<Path extends keyof paths> = paths[Path] extends { get: infer Operation } ? Operation : never
type PageOf<Path extends keyof paths> =
  Get<Path> extends { responses: { 200: { content: { 'application/json': infer Page } } } } ? Page : never

/** The paths whose answers are pages of a list. */
export type ListPath = {
  [Path in keyof paths]: PageOf<Path> extends { items: unknown[]; nextCursor: string | null } ? Path : never
}[keyof paths]

export type ItemOf<Path extends ListPath> = PageOf<Path> extends { items: (infer Item)[] } ? Item : never

type ParametersOf<Path extends ListPath> = Get<Path> extends { parameters: infer Parameters } ? Parameters : never

/** The parameters of a list, and what ends it. */
export type ListInit<Path extends ListPath> = { signal?: AbortSignal } & (ParametersOf<Path> extends { path: object }
  ? { params: ParametersOf<Path> }
  : { params?: ParametersOf<Path> })

interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** Yields the items of a list. A page is read when its first item is wanted. @throws Problem */
export async function* listItems<Item>(get: Calls['get'], path: string, init: object = {}): AsyncGenerator<Item> {
  const { params = {}, ...rest } = init as { params?: { query?: object } }
  let query = { ...params.query }
  for (;;) {
    const { items, nextCursor } = (await get(
      path as never,
      { ...rest, params: { ...params, query } } as never,
    )) as Page<Item>
    yield* items
    if (nextCursor === null) return
    query = { ...query, cursor: nextCursor } as object
  }
}
