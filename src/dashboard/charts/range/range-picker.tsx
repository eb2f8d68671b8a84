import { CalendarRange } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../../ui/actions/button.tsx'
import { Choice } from '../../ui/forms/choice.tsx'
import { ChooseDates } from './choose-dates.tsx'
import type { Range, Span } from './range.ts'
import styles from './range-picker.module.css'
import type { RangeChoice } from './use-range.ts'

const OPTIONS: { value: Span; label: string }[] = [
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 d' },
  { value: '30d', label: '30 d' },
  { value: '90d', label: '90 d' },
]
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const TIME = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' })

/** Chooses the time that a page shows: a span up to now, or between two dates. */
export function RangePicker({ range, choose, select }: RangeChoice) {
  const [isOpen, setOpen] = useState(false)
  const custom = { value: 'custom', label: nameOf(range) } as const
  return (
    <div class={styles.picker}>
      <Choice
        label="Time"
        options={range.span ? OPTIONS : [...OPTIONS, custom]}
        value={range.span ?? 'custom'}
        onChange={value => value !== 'custom' && choose(value)}
      />
      <Button icon={CalendarRange} label="Choose dates" onClick={() => setOpen(true)} />
      {isOpen && <ChooseDates range={range} select={select} onClose={() => setOpen(false)} />}
    </div>
  )
}

function nameOf({ from, to = new Date(), interval }: Range): string {
  return interval === 'hour' ? TIME.formatRange(from, to) : DAY.formatRange(from, new Date(to.getTime() - 1))
}
