import { EVENT_KINDS } from '../../../charts/event-types.ts'
import { eventLine, PEOPLE_LINE } from '../../../charts/time-chart/line.ts'
import { useQueryState } from '../../../hooks/use-query-state.ts'

const ALL = [...EVENT_KINDS.map(({ name }) => name), PEOPLE_LINE.name]
const DEFAULTS = EVENT_KINDS.filter(({ isDefault }) => isDefault).map(({ name }) => name)
const NONE = 'none'

/** Keeps the kinds of events that a chart shows in the address. People are one of them here. */
export function useKinds() {
  const [text, setText] = useQueryState('show')
  const shown = text === '' ? DEFAULTS : text.split(',')
  const lines = [
    ...EVENT_KINDS.filter(({ name }) => shown.includes(name)).map(eventLine),
    ...(shown.includes(PEOPLE_LINE.name) ? [PEOPLE_LINE] : []),
  ]
  function toggle(name: string) {
    const next = ALL.filter(other => shown.includes(other) !== (other === name))
    setText(String(next) === String(DEFAULTS) ? '' : String(next) || NONE)
  }
  return { shown, lines, toggle }
}
