import { useQueryState } from '../../hooks/use-query-state.ts'
import { EVENT_KINDS } from '../event-types.ts'
import { eventLine, PEOPLE_LINE } from '../time-chart/line.ts'

const ALL = [PEOPLE_LINE.name, ...EVENT_KINDS.map(({ name }) => name)]
const DEFAULTS = [PEOPLE_LINE.name, ...EVENT_KINDS.filter(({ isDefault }) => isDefault).map(({ name }) => name)]
const NONE = 'none'

/** Keeps the kinds of events that a chart shows in the address. */
export function useKinds() {
  const [text, setText] = useQueryState('show')
  const shown = text === '' ? DEFAULTS : text.split(',')
  const lines = [
    ...(shown.includes(PEOPLE_LINE.name) ? [PEOPLE_LINE] : []),
    ...EVENT_KINDS.filter(({ name }) => shown.includes(name)).map(eventLine),
  ]
  function toggle(name: string) {
    const next = ALL.filter(other => shown.includes(other) !== (other === name))
    setText(String(next) === String(DEFAULTS) ? '' : String(next) || NONE)
  }
  return { shown, lines, toggle }
}
