import { ago, day, minute, second, time as timeOfDay, utc } from '../../format/times.ts'

const STYLES = { ago, day, minute, second, time: timeOfDay }

/** A time in the reader's zone, or how long ago it is; hovering shows it in UTC. @param at as the API sends it */
export function Time({ at, as = 'minute' }: { at: string; as?: keyof typeof STYLES }) {
  const time = new Date(at)
  return (
    <time dateTime={at} title={as === 'ago' ? `${second(time)}, ${utc(time)}` : utc(time)}>
      {STYLES[as](time)}
    </time>
  )
}
