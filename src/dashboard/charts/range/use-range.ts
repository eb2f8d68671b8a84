import { useLocation } from 'preact-iso'
import { ZONE } from '../../format/times.ts'
import { withParameter } from '../../hooks/use-query-state.ts'
import { type Range, rangeIn, SPANS, type Span } from './range.ts'

/** The range that a page shows, and how to choose another. */
export interface RangeChoice {
  range: Range
  choose(span: Span): void
  /** Chooses the time between two times; the back button returns. */
  select(from: Date, to: Date): void
}

/** Keeps the range that a page shows in the address: `range` for one up to now, `from` and `to` for another. */
export function useRange(): RangeChoice {
  const { url, query, route } = useLocation()
  const address = (span: string, from: string, to: string) =>
    withParameter(withParameter(withParameter(url, 'range', span), 'from', from), 'to', to)
  return {
    range: rangeIn(query, new Date(), ZONE),
    choose: span => route(address(span === SPANS[0] ? '' : span, '', ''), true),
    select: (from, to) => route(address('', from.toISOString(), to.toISOString())),
  }
}
