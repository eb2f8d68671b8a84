import { outdate, useListing } from '../../api/answers.ts'
import { ask } from '../../api/ask.ts'
import { mySessions } from '../../api/resources.ts'
import { leave } from '../../api/session.ts'
import type { Session } from '../../api/types.ts'
import { browserName } from '../../format/user-agent.ts'
import { Button } from '../../ui/actions/button.tsx'
import { Listed } from '../../ui/data/listed.tsx'
import { type Column, Table } from '../../ui/data/table.tsx'
import { Time } from '../../ui/data/time.tsx'
import { toast } from '../../ui/feedback/toast.tsx'
import { Section } from '../../ui/layout/room.tsx'

/** Where the reader is signed in, with a way to end each session. */
export function Sessions() {
  const listing = useListing(mySessions())
  return (
    <Section
      title="Sessions"
      tools={
        <Button
          onClick={async () => {
            await ask('DELETE', '/v1/sessions')
            leave()
          }}
        >
          Sign out everywhere
        </Button>
      }
    >
      <Listed listing={listing} empty={null}>
        {rows => <Table label="Sessions" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
    </Section>
  )
}

const COLUMNS: Column<Session>[] = [
  {
    name: 'agent',
    title: 'Browser or program',
    cell: ({ userAgent }) => <span title={userAgent ?? ''}>{userAgent ? browserName(userAgent) : 'unknown'}</span>,
  },
  { name: 'created', title: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { name: 'used', title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} as="ago" /> },
  { name: 'expires', title: 'Ends without use', cell: ({ expiresAt }) => <Time at={expiresAt} as="ago" /> },
  { name: 'end', title: '', isAction: true, cell: session => <End {...session} /> },
]

function End({ id, current }: Session) {
  if (current) return 'this session'
  const end = async () => {
    await ask('DELETE', `/v1/sessions/${id}`)
    await outdate(['/v1/sessions'])
    toast('The session has ended.')
  }
  return (
    <Button emphasis="quiet" onClick={end}>
      End
    </Button>
  )
}
