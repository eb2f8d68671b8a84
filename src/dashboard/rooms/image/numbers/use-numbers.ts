import { useRef } from 'preact/hooks'
import { useAnswer } from '../../../api/answers.ts'
import { useLive } from '../../../api/live/use-live.ts'
import { imageStats, liveNumbers } from '../../../api/resources.ts'
import { queryOf } from '../../../charts/range/range.ts'
import { useRange } from '../../../charts/range/use-range.ts'
import type { Interval } from '../../../charts/time-chart/line.ts'
import { useQueryState } from '../../../hooks/use-query-state.ts'
import { intervalsOf } from './intervals.ts'

const REFRESHES = { live: 60_000, alone: 10_000 }

/** Reads the numbers of an image in the range and intervals that the address says, and those of the time before. */
export function useNumbers(imageId: string) {
  const choice = useRange()
  const [wanted, setInterval] = useQueryState<Interval | ''>('by')
  const options = intervalsOf(choice.range, new Date())
  const interval = options.find(({ value }) => value === wanted)?.value ?? choice.range.interval
  const query = { ...queryOf(choice.range), interval, compare: 'previous' }
  const every = useLive(liveNumbers(imageId), imageStats(imageId).path, REFRESHES)
  const { data, error, refetch, isPlaceholderData } = useAnswer(imageStats(imageId, query), {
    every,
    keep: true,
  })
  // The numbers of the range before stay until those of another one are there, with their interval.
  const shown = useRef(interval)
  if (!isPlaceholderData) shown.current = interval
  return { choice, interval, setInterval, options, data, error, refetch, shownInterval: shown.current }
}
