import { tabbedRoom } from '../tabbed-room.tsx'
import { Accounts } from './accounts/accounts.tsx'
import { Audit } from './audit/audit.tsx'
import { Erasures } from './erasures/erasures.tsx'
import { Keys } from './keys/keys.tsx'
import { System } from './system/system.tsx'

/** Administration. */
export default tabbedRoom('Administration', '/dashboard/admin', {
  accounts: { label: 'Accounts', content: Accounts },
  keys: { label: 'API keys', content: Keys },
  audit: { label: 'Audit trail', content: Audit },
  erasures: { label: 'Erasures', content: Erasures },
  system: { label: 'System', content: System },
})
