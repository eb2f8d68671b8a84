import type { FunctionComponent } from 'preact'
import { useRoute } from 'preact-iso'
import { Room } from '../../ui/layout/room.tsx'
import { Tabs } from '../../ui/layout/tabs.tsx'
import Nowhere from '../nowhere.tsx'
import { Accounts } from './accounts/accounts.tsx'
import { Audit } from './audit/audit.tsx'
import { Erasures } from './erasures/erasures.tsx'
import { Keys } from './keys/keys.tsx'
import { System } from './system/system.tsx'

const PARTS: Record<string, { label: string; content: FunctionComponent }> = {
  accounts: { label: 'Accounts', content: Accounts },
  keys: { label: 'API keys', content: Keys },
  audit: { label: 'Audit trail', content: Audit },
  erasures: { label: 'Erasures', content: Erasures },
  system: { label: 'System', content: System },
}

const addressOf = (part: string) => `/dashboard/admin/${part}`
const TABS = Object.entries(PARTS).map(([part, { label }]) => ({ href: addressOf(part), label }))

/** Administration: accounts, keys, the audit trail, erasures and the system itself. */
export default function Admin() {
  const { part = 'accounts' } = useRoute().params
  const shown = PARTS[part]
  if (!shown) return <Nowhere />
  return (
    <Room title="Administration">
      <Tabs label="Administration" tabs={TABS} current={addressOf(part)} />
      <shown.content />
    </Room>
  )
}
