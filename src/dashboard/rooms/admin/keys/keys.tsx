import { KeyRound, Plus } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { outdate, useListing } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { keys } from '../../../api/resources.ts'
import type { Key } from '../../../api/types.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Listed } from '../../../ui/data/listed.tsx'
import { type Column, Table } from '../../../ui/data/table.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Confirm } from '../../../ui/feedback/confirm.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { MakeKey } from './new-key.tsx'

/** The API keys of apps: which there are, when they were last used, and how to make and revoke them. */
export function Keys() {
  const listing = useListing(keys())
  const [isMaking, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<Key>()
  return (
    <Section
      title="API keys"
      tools={
        <Button icon={Plus} emphasis="primary" onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      <Listed
        listing={listing}
        empty={
          <Empty icon={KeyRound} title="No keys yet.">
            <p>Apps send events, and read numbers, with a key.</p>
          </Empty>
        }
      >
        {rows => <Table label="API keys" columns={columns(setRevoking)} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
      {isMaking && <MakeKey onClose={() => setMaking(false)} />}
      {revoking && <Revoke revoked={revoking} onClose={() => setRevoking(undefined)} />}
    </Section>
  )
}

function Revoke({ revoked: { id, name, app }, onClose }: { revoked: Key; onClose(): void }) {
  const revoke = async () => {
    await ask('DELETE', `/v1/keys/${id}`)
    await outdate(['/v1/keys'])
    toast(`The key ${name} is revoked.`)
  }
  return (
    <Confirm title={`Revoke ${name}?`} action="Revoke key" act={revoke} onClose={onClose}>
      The app {app} is refused with it within 10 seconds. A revoked key can not be used again.
    </Confirm>
  )
}

function columns(revoke: (key: Key) => void): Column<Key>[] {
  return [
    { name: 'name', title: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
    { name: 'app', title: 'App', cell: ({ app }) => app, sortBy: ({ app }) => app },
    { name: 'scopes', title: 'May', cell: ({ scopes }) => scopes.join(', ') },
    {
      name: 'used',
      title: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} as="ago" /> : 'never'),
      sortBy: ({ lastUsedAt }) => lastUsedAt,
    },
    {
      name: 'created',
      title: 'Created',
      cell: ({ createdAt }) => <Time at={createdAt} as="day" />,
      sortBy: ({ createdAt }) => createdAt,
    },
    { name: 'state', title: 'State', cell: State, sortBy: ({ revokedAt }) => revokedAt },
    {
      name: 'revoke',
      title: '',
      isAction: true,
      cell: key =>
        !isEnded(key) && (
          <Button emphasis="quiet" onClick={() => revoke(key)}>
            Revoke
          </Button>
        ),
    },
  ]
}

function State({ revokedAt, expiresAt }: Key) {
  if (revokedAt) {
    return (
      <>
        revoked <Time at={revokedAt} as="ago" />
      </>
    )
  }
  if (!expiresAt) return 'valid'
  return (
    <>
      {new Date(expiresAt) < new Date() ? 'expired' : 'expires'} <Time at={expiresAt} as="ago" />
    </>
  )
}

function isEnded({ revokedAt, expiresAt }: Key): boolean {
  return revokedAt !== null || (expiresAt !== null && new Date(expiresAt) < new Date())
}
