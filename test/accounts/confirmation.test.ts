import t from 'tap'
import type { Session } from '../../src/accounts/sessions/session.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const sessions = database.db.collection<Session>('sessions')

t.test('acts of an admin and erasures of others need a recent password, which can be entered again', async t => {
  const { token, refreshToken, id } = await world.signsIn(ADMIN)
  const ann = await world.signsUp('ann')
  const { id: keyId } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  const acts: [string, string, object | undefined][] = [
    ['PUT', `/v1/users/${ann.id}/roles`, { roles: ['user', 'analyst'] }],
    ['POST', '/v1/keys', { name: 'a key', app: 'shop', scopes: ['stats:read'] }],
    ['DELETE', `/v1/keys/${keyId}`, undefined],
    ['POST', '/v1/erasures', { app: 'shop', appUserId: 'somebody' }],
    ['POST', '/v1/erasures', { userId: ann.id }],
  ]
  const answers = async () => {
    const found = []
    for (const [method, path, json] of acts) found.push(await asks(method, path, { token, ...(json && { json }) }))
    return found
  }
  const signedIn = (minutes: number) =>
    sessions.updateMany({ userId: id }, { $set: { createdAt: new Date(Date.now() - minutes * 60_000) } })
  await signedIn(11)
  for (const { status, body } of await answers()) {
    t.equal(status, 403)
    t.equal(body.code, 'confirmation_required')
  }
  t.equal((await asks('GET', '/v1/users', { token })).status, 200, 'reading needs none')
  t.equal((await asks('POST', '/v1/sessions/refresh', { json: { refreshToken } })).status, 200)
  t.equal((await asks('POST', '/v1/keys', { token, json: acts[1]?.[2] })).status, 403, 'refreshing confirms nothing')

  const confirm = (password: string) => asks('POST', '/v1/sessions/current/confirmation', { token, json: { password } })
  const wrong = await confirm('not the one')
  t.same([wrong.status, wrong.body.code], [403, 'wrong_password'])
  t.equal((await asks('POST', '/v1/keys', { token, json: acts[1]?.[2] })).body.code, 'confirmation_required')
  t.equal((await confirm(ADMIN.password)).status, 204)
  t.same(
    (await answers()).map(({ status }) => status),
    [200, 201, 204, 202, 202],
  )
})

t.test('an account erases itself, and a key erases others, without a confirmation', async t => {
  await sessions.updateMany({}, { $set: { createdAt: new Date() } })
  const bob = await world.signsUp('bob')
  const { key } = await world.hasKey({ app: 'shop', scopes: ['erasures:write'] })
  await sessions.updateMany({}, { $set: { createdAt: new Date(0) } })
  const json = { app: 'shop', appUserId: 'nobody' }
  t.equal((await asks('POST', '/v1/erasures', { key, json })).status, 202)
  t.equal(
    (await asks('POST', '/v1/erasures', { token: bob.token, json: { password: "bob's own password" } })).status,
    202,
  )
})
