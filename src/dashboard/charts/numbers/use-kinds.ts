import { useQueryState } from '../../hooks/use-query-state.ts'
import { EVENT_KINDS } from '../event-types.ts'
import { eventLine, PEOPLE_LINE } from '../time-chart/line.ts'

const ALL = [PEOPLE_LINE.name, ...EVENT_KINDS.map(({ name }) => name)]
/** The kinds of events that are shown unless the reader chooses otherwise. */
export const DEFAULT_EVENTS = EVENT_KINDS.filter(({ isDefault }) => isDefault).map(({ name }) => name)
const DEFAULTS = [PEOPLE_LINE.name, ...DEFAULT_EVENTS]
const NONE = 'none'

/** Keeps what a chart shows in the address: kinds of events, and people. @param defaults the names of what is shown at first */
export function useKinds(defaults: string[] = DEFAULTS) {
  const [text, setText] = useQueryState('show')
  const shown = text === '' ? defaults : text.split(',')
  const lines = [
    ...(shown.includes(PEOPLE_LINE.name) ? [PEOPLE_LINE] : []),
    ...EVENT_KINDS.filter(({ name }) => shown.includes(name)).map(eventLine),
  ]
  function toggle(name: string) {
    const next = ALL.filter(other => shown.includes(other) !== (other === name))
    setText(String(next) === String(defaults) ? '' : String(next) || NONE)
  }
  return { shown, lines, toggle }
}
