import t from 'tap'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world

async function noted(query: string) {
  const { token } = await world.root()
  return (await asks('GET', `/v1/audit?${query}`, { token })).body.items
}

t.test('sign-ups, ended sessions and exports are in the audit trail', async t => {
  const ann = await world.signsUp('ann')
  await ann.gets('/v1/users/me/export')
  await ann.deletes('/v1/sessions/none')
  await ann.deletes('/v1/sessions/current')
  const entries = await noted(`who=${ann.id}`)
  t.match(entries, [
    { what: 'session_ended', thing: ann.refreshToken.split('.')[0], address: '127.0.0.1' },
    { what: 'data_exported', thing: 'account' },
    { what: 'signed_in' },
    { what: 'signed_up', address: '127.0.0.1' },
  ])
  t.equal(entries.length, 4)
  const { id, key } = await world.hasKey({ app: 'shop', scopes: ['exports:read'] })
  await asks('GET', '/v1/exports/feedback', { key })
  t.match(await noted(`who=${id}&what=data_exported`), [{ thing: 'feedback' }])
})

t.test(
  'requests that a role does not allow are in the audit trail, at most one a minute for each operation',
  async t => {
    const bob = await world.signsUp('bob')
    for (let i = 0; i < 5; i++) t.equal((await bob.gets('/v1/users')).status, 403)
    t.equal((await bob.gets('/v1/audit?limit=1')).status, 403)
    const entries = await until('both are recorded', async () => {
      const found = await noted(`who=${bob.id}&what=access_refused`)
      return found.length > 1 && found
    })
    t.same(entries.map(({ thing }: { thing: string }) => thing).sort(), ['GET /v1/audit', 'GET /v1/users'])
    t.equal((await bob.gets('/v1/images')).status, 200)
  },
)
