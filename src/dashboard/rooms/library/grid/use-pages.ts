import { useLayoutEffect } from 'preact/hooks'
import { useAnswers } from '../../../api/answers.ts'
import type { Problem } from '../../../api/problem.ts'
import { imagePage } from '../../../api/resources.ts'
import { forgetFar, type LoadedPage, withPage } from '../layout/pages.ts'
import type { ImageQuery } from '../view/use-view.ts'

/** The images of so many pages before and behind the visible ones stay in memory. */
const KEPT = 5

type Change = (change: (pages: LoadedPage[]) => LoadedPage[]) => void

/** Reads the pages of a list from one to another, and again when they have changed. @returns what failed, with what to do about it */
export function usePages(
  query: ImageQuery,
  pages: LoadedPage[],
  { from, to }: { from: number; to: number },
  change: Change,
): { problem: Problem; retry(): void } | undefined {
  const wanted = pages.slice(from, to + 1)
  const read = useAnswers(wanted.map(({ cursor }) => imagePage(query, cursor)))
  useLayoutEffect(
    () =>
      change(before => {
        const next = read.reduce((all, { data }, place) => {
          const isNew = data !== undefined && all[from + place]?.images !== data.items
          // A cursor that has changed since asks for another answer.
          const isAsked = all[from + place]?.cursor === wanted[place]?.cursor
          return isNew && isAsked ? withPage(all, from + place, data) : all
        }, before)
        return forgetFar(next, from, to, KEPT)
      }),
    [from, ...read.map(({ data }) => data)],
  )
  const failed = read.find(({ error, data }) => error && !data)
  return failed?.error ? { problem: failed.error, retry: failed.refetch } : undefined
}
