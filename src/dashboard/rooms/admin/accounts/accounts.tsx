import { UserSearch } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { useListing } from '../../../api/answers.ts'
import { users } from '../../../api/resources.ts'
import type { User } from '../../../api/types.ts'
import { useDebounced } from '../../../hooks/use-debounced.ts'
import { useQueryState } from '../../../hooks/use-query-state.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Listed } from '../../../ui/data/listed.tsx'
import { type Column, Table } from '../../../ui/data/table.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { TextField } from '../../../ui/forms/field.tsx'
import styles from './accounts.module.css'
import { ChangeRoles } from './change-roles.tsx'

/** A whole address: the API finds accounts by nothing less. */
const EMAIL = /^\S+@\S+\.\S+$/

/** The accounts, newest first, and their roles. */
export function Accounts() {
  const [search, setSearch] = useQueryState('email')
  const email = useDebounced(search.trim())
  const listing = useListing(users({ limit: 100, email: EMAIL.test(email) ? email : undefined }), { keep: true })
  const [changing, setChanging] = useState<User>()
  return (
    <>
      <div class={styles.search}>
        <TextField
          label="Find an account"
          name="email"
          type="search"
          inputMode="email"
          value={search}
          hint="The whole e-mail address"
          onInput={event => setSearch(event.currentTarget.value)}
        />
      </div>
      <Listed listing={listing} empty={<Empty icon={UserSearch} title="No account has this e-mail address." />}>
        {rows => <Table label="Accounts" columns={columns(setChanging)} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
      {changing && <ChangeRoles user={changing} onClose={() => setChanging(undefined)} />}
    </>
  )
}

function columns(change: (user: User) => void): Column<User>[] {
  return [
    { name: 'email', title: 'E-mail', cell: ({ email }) => email, sortBy: ({ email }) => email },
    { name: 'name', title: 'Name', cell: ({ displayName }) => displayName, sortBy: ({ displayName }) => displayName },
    { name: 'roles', title: 'Roles', cell: ({ roles }) => roles.join(', '), sortBy: ({ roles }) => roles.length },
    {
      name: 'created',
      title: 'Signed up',
      cell: ({ createdAt }) => <Time at={createdAt} as="day" />,
      sortBy: ({ createdAt }) => createdAt,
    },
    {
      name: 'change',
      title: '',
      isAction: true,
      cell: user => (
        <Button emphasis="quiet" onClick={() => change(user)}>
          Change roles
        </Button>
      ),
    },
  ]
}
