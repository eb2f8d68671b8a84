import { ScrollText } from 'lucide-preact'
import { useListing } from '../../../api/answers.ts'
import { audit } from '../../../api/resources.ts'
import type { AuditEntry } from '../../../api/types.ts'
import { useDebounced } from '../../../hooks/use-debounced.ts'
import { useQueryState } from '../../../hooks/use-query-state.ts'
import { Listed } from '../../../ui/data/listed.tsx'
import { type Column, Table } from '../../../ui/data/table.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { Select, TextField } from '../../../ui/forms/field.tsx'
import { ACTS } from './acts.ts'
import styles from './audit.module.css'

/** What the API takes as the id of an account or key, or as a pseudonym. */
const ID = /^[A-Za-z0-9_-]{1,64}$/

/** The audit trail, newest first, with filters. */
export function Audit() {
  const [what, setWhat] = useQueryState('what')
  const [who, setWho] = useQueryState('who')
  const [from, setFrom] = useQueryState('from')
  const [to, setTo] = useQueryState('to')
  const id = useDebounced(who.trim())
  const query = { limit: 100, what, who: ID.test(id) ? id : undefined, from: startOf(from), to: startOf(to, 1) }
  const listing = useListing(audit(query), { keep: true })
  return (
    <>
      <p>Entries are kept for 90 days. People appear as pseudonyms.</p>
      <div class={styles.filters}>
        <Select label="What" name="what" value={what} onChange={event => setWhat(event.currentTarget.value)}>
          <option value="">Everything</option>
          {Object.entries(ACTS).map(([act, words]) => (
            <option key={act} value={act}>
              {words}
            </option>
          ))}
        </Select>
        <TextField
          label="Who"
          name="who"
          value={who}
          placeholder="id or pseudonym"
          onInput={event => setWho(event.currentTarget.value)}
        />
        <TextField
          label="From"
          name="from"
          type="date"
          value={from}
          onChange={event => setFrom(event.currentTarget.value)}
        />
        <TextField label="To" name="to" type="date" value={to} onChange={event => setTo(event.currentTarget.value)} />
      </div>
      <Listed listing={listing} empty={<Empty icon={ScrollText} title="No entries match these filters." />}>
        {rows => <Table label="Audit trail" columns={columns(setWho)} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
    </>
  )
}

/** Returns the begin of a day in the reader's zone, or of one some days later; undefined for no day. */
function startOf(day: string, later = 0): string | undefined {
  const start = new Date(`${day}T00:00:00`)
  if (Number.isNaN(start.getTime())) return undefined
  start.setDate(start.getDate() + later)
  return start.toISOString()
}

function columns(filterBy: (who: string) => void): Column<AuditEntry>[] {
  return [
    { name: 'at', title: 'When', cell: ({ at }) => <Time at={at} as="second" /> },
    { name: 'what', title: 'What', cell: ({ what, roles }) => ACTS[what] + (roles ? `: ${roles.join(', ')}` : '') },
    {
      name: 'who',
      title: 'Who',
      cell: ({ who }) =>
        who && (
          <button type="button" class={styles.person} title="Show only these entries" onClick={() => filterBy(who)}>
            {who}
          </button>
        ),
    },
    { name: 'whom', title: 'Whom', cell: ({ whom }) => <code>{whom}</code> },
    { name: 'thing', title: 'To what', cell: ({ thing }) => <code>{thing}</code> },
    { name: 'address', title: 'Address', cell: ({ address }) => address },
  ]
}
