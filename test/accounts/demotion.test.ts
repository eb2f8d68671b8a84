/** An API key that an admin creates while the role is taken away. */
import t from 'tap'
import type { ApiKey } from '../../src/accounts/api-keys/api-key.ts'
import { aWire } from '../helpers/database/wire.ts'
import { openWorld } from '../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, { MONGODB_URI: wire.uri })
const { asks, database } = world
const keys = database.db.collection<ApiKey>('keys')
const { token: root } = await world.root()

/** The moments at which the role is taken away: the reply to this command is held back until it is. */
const MOMENTS: [string, (command: Record<string, unknown>) => boolean][] = [
  ['before the key is stored', ({ find }) => find === 'users'],
  ['after the key is stored', ({ insert }) => insert === 'keys'],
]

for (const [i, [moment, isMoment]] of MOMENTS.entries()) {
  t.test(`a key of an admin who is demoted ${moment} is refused and revoked`, async t => {
    const { id } = await world.signsUp(`boss-${i}`)
    const become = (roles: string[]) => asks('PUT', `/v1/users/${id}/roles`, { token: root, json: { roles } })
    await become(['user', 'admin'])
    const boss = await world.signsIn({ email: `boss-${i}@example.com`, password: `boss-${i}'s own password` })
    let isHeld = false
    wire.onReply = async command => {
      if (isHeld || !isMoment(command)) return 'pass'
      isHeld = true
      t.equal((await become(['user'])).status, 200)
      return 'pass'
    }
    const json = { name: 'a key', app: 'shop', scopes: ['erasures:write', 'exports:read', 'metrics:read'] }
    const { status, body } = await asks('POST', '/v1/keys', { token: boss.token, json })
    wire.onReply = () => 'pass'
    t.ok(isHeld)
    t.same([status, body.code], [403, 'forbidden'])
    const made = await keys.find({ createdBy: id }).toArray()
    t.equal(made.length, 1)
    t.ok(made[0]?.revokedAt)
  })
}
