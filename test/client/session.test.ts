import t from 'tap'
import { createClient, type TokenStore } from '../../src/client/index.ts'
import { aLine, expired, held, lost } from '../helpers/client/line.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { url } = world

/** An account, and a client with a line of its own that has signed in. */
async function signedIn(name: string, tokens?: TokenStore) {
  const { id } = await world.signsUp(name)
  const line = aLine()
  const client = createClient({ url, fetch: line.fetch, ...(tokens && { tokens }) })
  const signIn = () => client.session.signIn({ email: `${name}@example.com`, password: `${name}'s own password` })
  return { id, line, client, signIn, me: () => client.get('/v1/users/me') }
}

const refreshes = (sent: string[]) => sent.filter(name => name === 'POST /v1/sessions/refresh').length

/** A store as the tabs of a browser share it. */
function aStore(): TokenStore & { token?: string | undefined } {
  const store: TokenStore & { token?: string | undefined } = {
    read: () => store.token,
    write: token => {
      store.token = token
    },
  }
  return store
}

t.test('requests are those of the person who has signed in', async t => {
  const { id, me, signIn } = await signedIn('ann')
  await t.rejects(me(), { name: 'Problem', status: 401, code: 'unauthenticated' })
  await signIn()
  t.match(await me(), { id, email: 'ann@example.com' })
})

t.test('many requests with an expired access token share one refresh', async t => {
  const { id, line, me, signIn } = await signedIn('ben')
  line.next(/POST .v1.sessions$/, expired)
  await signIn()
  const answers = await Promise.all(Array.from({ length: 20 }, me))
  t.ok(answers.every(answer => answer.id === id))
  t.equal(refreshes(line.sent), 1)
  await me()
  t.equal(refreshes(line.sent), 1, 'the new token is used')
})

t.test('requests whose access token is refused are sent again after one refresh', async t => {
  const { id, line, client, me, signIn } = await signedIn('cleo')
  await signIn()
  const root = await world.root()
  // A change of roles ends the access tokens of an account.
  await world.asks('PUT', `/v1/users/${id}/roles`, { token: root.token, json: { roles: ['analyst'] } })
  const answers = await Promise.all(Array.from({ length: 20 }, me))
  t.ok(answers.every(({ roles }) => roles.includes('analyst')))
  t.equal(refreshes(line.sent), 1)
  t.match(await client.patch('/v1/users/me', { body: { displayName: 'Cleo' } }), { displayName: 'Cleo' })
})

t.test('a refusal that arrives after the refresh causes no other', async t => {
  const { line, me, signIn } = await signedIn('carl')
  await signIn()
  const refusal = async () => Response.json({ code: 'unauthenticated' }, { status: 401 })
  const { fault: late, release } = held()
  line.next(/me$/, send => late(send).then(refusal), refusal)
  const first = me()
  await me()
  release()
  await first
  t.equal(refreshes(line.sent), 1)
})

t.test('a session outlives the lost answer to a refresh', async t => {
  const { id, line, me, signIn } = await signedIn('dora')
  line.next(/POST .v1.sessions$/, expired)
  await signIn()
  line.next(/refresh/, lost)
  t.match(await me(), { id })
  t.equal(refreshes(line.sent), 2)
})

t.test('the end of a session is told once, and its token is removed', async t => {
  const store = aStore()
  const { line, me, signIn } = await signedIn('emil', store)
  line.next(/POST .v1.sessions$/, expired)
  await signIn()
  const elsewhere = await world.signsIn({ email: 'emil@example.com', password: "emil's own password" })
  t.equal((await elsewhere.deletes('/v1/sessions')).status, 204)
  await t.rejects(me(), { status: 401, code: 'unauthenticated', message: /session/ })
  t.equal(store.token, undefined)
  await signIn()
  t.match(await me(), { email: 'emil@example.com' })
})

t.test('clients that share a store share the session', async t => {
  const store = aStore()
  const { id, line, me, signIn } = await signedIn('fay', store)
  line.next(/POST .v1.sessions$/, expired)
  await signIn()
  const first = store.token
  const other = createClient({ url, tokens: store })
  t.match(await other.get('/v1/users/me'), { id })
  t.not(store.token, first, 'the other one has used the token')
  t.match(await me(), { id })
})

t.test('signing out ends the session at the service', async t => {
  const store = aStore()
  const { line, client, me, signIn } = await signedIn('gus', store)
  await signIn()
  const { token } = store
  await client.session.signOut()
  t.equal(store.token, undefined)
  await t.rejects(me(), { status: 401, code: 'unauthenticated' })
  t.equal((await world.asks('POST', '/v1/sessions/refresh', { json: { refreshToken: token } })).status, 401)
  const before = line.sent.length
  await client.session.signOut()
  t.equal(line.sent.length, before, 'nobody is signed in any more')
})

t.test('wrong credentials are a problem', async t => {
  const client = createClient({ url })
  const signIn = client.session.signIn({ email: 'nobody@example.com', password: 'wrong' })
  await t.rejects(signIn, { name: 'Problem', status: 401, code: 'wrong_credentials' })
})
