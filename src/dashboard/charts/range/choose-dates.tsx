import { useState } from 'preact/hooks'
import { Dialog } from '../../ui/feedback/dialog.tsx'
import { TextField } from '../../ui/forms/field.tsx'
import { Form } from '../../ui/forms/form.tsx'
import type { Range } from './range.ts'

interface ChooseDatesProps {
  range: Range
  select(from: Date, to: Date): void
  onClose(): void
}

/** Asks for the first and the last day of a range. */
export function ChooseDates({ range, select, onClose }: ChooseDatesProps) {
  const today = dateOf(new Date())
  const [first, setFirst] = useState(dateOf(range.from))
  const last = range.to ? dateOf(new Date(range.to.getTime() - 1)) : today
  return (
    <Dialog title="Choose dates" onClose={onClose}>
      <Form
        action="Show"
        submit={async ({ from = '', to = '' }) => {
          select(midnightOf(from), midnightOf(to, 1))
          onClose()
        }}
      >
        <TextField
          label="First day"
          name="from"
          type="date"
          value={first}
          max={today}
          required
          onInput={event => setFirst(event.currentTarget.value)}
        />
        <TextField label="Last day" name="to" type="date" value={last} min={first} max={today} required />
      </Form>
    </Dialog>
  )
}

/** Returns the date of a time in the reader's zone, as a date field takes it. */
function dateOf(time: Date): string {
  const [year, month, day] = [time.getFullYear(), time.getMonth() + 1, time.getDate()]
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** Returns when a date begins in the reader's zone, or so many days after it. */
function midnightOf(date: string, daysLater = 0): Date {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day + daysLater)
}
