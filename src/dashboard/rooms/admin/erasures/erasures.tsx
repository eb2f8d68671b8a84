import { Eraser } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { useListing } from '../../../api/answers.ts'
import { erasures } from '../../../api/resources.ts'
import type { Receipt } from '../../../api/types.ts'
import { count } from '../../../format/numbers.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Listed } from '../../../ui/data/listed.tsx'
import { type Column, Table } from '../../../ui/data/table.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { ErasePerson } from './erase-person.tsx'

/** What the states of an erasure mean. */
const STATES: Record<Receipt['state'], string> = {
  closing: 'Closing the account',
  erasing: 'Removing',
  unarchiving: 'Rewriting the archive',
  erased: 'Removed; a last search follows',
  done: 'Done',
}
/** An erasure passes most of its states within a minute. */
const REFRESH_MS = 5_000

/** The receipts of all erasures, newest first, and a form for a new one. */
export function Erasures() {
  const listing = useListing(erasures(), { every: REFRESH_MS })
  const [isErasing, setErasing] = useState(false)
  return (
    <Section
      title="Erasures"
      tools={
        <Button icon={Eraser} onClick={() => setErasing(true)}>
          Erase a person
        </Button>
      }
    >
      <Listed
        listing={listing}
        empty={
          <Empty icon={Eraser} title="Nobody has been erased.">
            <p>
              An erasure removes a person with all their data. Its receipt, which does not name the person, stays here.
            </p>
          </Empty>
        }
      >
        {rows => <Table label="Receipts of erasures" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
      {isErasing && <ErasePerson onClose={() => setErasing(false)} />}
    </Section>
  )
}

const COLUMNS: Column<Receipt>[] = [
  { name: 'id', title: 'Receipt', cell: ({ id }) => <code>{id}</code> },
  { name: 'state', title: 'State', cell: ({ state }) => STATES[state] },
  { name: 'created', title: 'Requested', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { name: 'erased', title: 'Removed', cell: ({ erasedAt }) => erasedAt && <Time at={erasedAt} /> },
  { name: 'what', title: 'What was removed', cell: ({ removed }) => describe(removed) },
]

function describe(removed: Receipt['removed']): string {
  const parts = Object.entries(removed).filter(([, number]) => number > 0)
  return parts.map(([collection, number]) => `${count(number)} ${collection}`).join(', ') || 'nothing yet'
}
