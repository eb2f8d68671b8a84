import t from 'tap'
import { type Answer, openWorld } from '../helpers/world.ts'

const PAUSE = 1_000
const world = await openWorld(t, { TRUST_PROXY: '127.0.0.1' }, { signInPause: PAUSE })
const { asks, database } = world
const attempts = database.db.collection<{ _id: string; until: Date }>('attempts')
const tries = (name: string, password: string, address: string): Promise<Answer> =>
  asks('POST', '/v1/sessions', {
    json: { email: `${name}@example.com`, password },
    headers: { 'x-forwarded-for': address },
  })

t.test('a wrong password and an unknown account get the same answer', async t => {
  await world.signsUp('ann')
  const wrong = await tries('ann', 'not hers at all', '203.0.113.1')
  const unknown = await tries('nobody', 'not hers at all', '203.0.113.1')
  const long = await tries('ann', 'x'.repeat(73), '203.0.113.1')
  t.equal(wrong.status, 401)
  t.same({ ...wrong.body, instance: '' }, { ...unknown.body, instance: '' })
  t.same({ ...wrong.body, instance: '' }, { ...long.body, instance: '' }, 'longer than bcrypt reads')
})

/** Signs in with the right password. @returns the status, and the time that it took in ms */
async function rightFrom(name: string, address: string): Promise<{ status: number; ms: number }> {
  const start = performance.now()
  const { status } = await tries(name, `${name}'s own password`, address)
  return { status, ms: performance.now() - start }
}
const raise = (failures: number, to: number) => attempts.updateMany({ failures }, { $set: { failures: to } })

t.test('guesses at an account slow down strangers, an account there or not, and refuse nobody else', async t => {
  await world.signsUp('target')
  for (const name of ['target', 'nowhere']) {
    const guesses = (count: number, network: string) =>
      Promise.all(Array.from({ length: count }, (_, i) => tries(name, `guess number ${i}`, `${network}.${i}`)))
    await guesses(5, '198.51.100')
    const start = performance.now()
    t.same(new Set((await guesses(12, '203.0.113')).map(({ status }) => status)), new Set([401]))
    t.ok(performance.now() - start > 0.9 * PAUSE, `${name}: the last ones waited`)
  }
  t.equal((await rightFrom('target', '127.0.0.1')).status, 201, 'a known address')
  await Promise.all(Array.from({ length: 12 }, (_, i) => tries('target', 'a guess', `198.51.100.${i}`)))
  const stranger = await rightFrom('target', '192.0.2.1')
  t.equal(stranger.status, 201, 'the right password from a new address is accepted')
  t.ok(stranger.ms > 0.9 * PAUSE, 'after a delay')
  t.notMatch(
    JSON.stringify(await attempts.find().toArray()),
    /target|nowhere|198\.51/,
    'neither accounts nor addresses are stored in clear',
  )
})

t.test('an address that guesses at an account is refused there for a while, even with the right password', async t => {
  await world.signsUp('mine')
  const guesser = '198.18.3.1'
  for (let i = 0; i < 5; i++) t.equal((await tries('mine', 'a guess', guesser)).status, 401)
  await raise(5, 14)
  const guesses = await Promise.all(Array.from({ length: 12 }, () => tries('mine', 'a guess', guesser)))
  t.equal(guesses.filter(({ status }) => status === 401).length, 1, 'one of many concurrent guesses')
  const refused = guesses.filter(({ status }) => status === 429)
  t.equal(refused.length, 11)
  t.ok(Number(refused[0]?.headers.get('retry-after')) > 100)
  t.equal((await rightFrom('mine', guesser)).status, 429)
  t.equal((await rightFrom('mine', '198.18.3.2')).status, 201)
  await attempts.updateMany({}, { $set: { until: new Date(0) } })
  t.equal((await rightFrom('mine', guesser)).status, 201, 'every delay ends')
})

t.test('refused attempts are not counted, and successful sign-ins cause no delay', async t => {
  const address = '198.18.0.7'
  for (const name of ['locked', 'dan', 'eve']) await world.signsUp(name)
  await Promise.all(Array.from({ length: 5 }, () => tries('locked', 'a guess', address)))
  await raise(5, 14)
  await tries('locked', 'a guess', address)
  for (let i = 0; i < 52; i++) t.equal((await tries('locked', 'a guess', address)).status, 429)
  await attempts.updateMany({ failures: 15, until: new Date(0) }, { $set: { failures: 6 } })
  t.equal((await rightFrom('dan', address)).status, 201, 'refused attempts do not count against the address')

  t.equal((await raise(6, 50)).modifiedCount > 0, true)
  t.equal((await rightFrom('eve', address)).status, 201)
  await world.signsUp('fay')
  t.equal(
    (await rightFrom('fay', address)).status,
    201,
    'the failures and delay that a successful sign-in had counted are taken back',
  )
})

t.test("signing in to one's own account does not reset the failures at other accounts", async t => {
  const address = '198.18.1.1'
  // Other tests leave counters with as many failures.
  await attempts.deleteMany({})
  await world.signsUp('spy')
  const own = () => tries('spy', "spy's own password", address)
  t.equal((await own()).status, 201)
  const guess = async (name: string) => {
    const { status } = await tries(name, 'a guess', address)
    await own()
    return status
  }
  for (const victim of ['one', 'two', 'three']) await guess(victim)
  t.equal(
    (await attempts.updateMany({ failures: 3 }, { $set: { failures: 64 } })).modifiedCount,
    1,
    'all failures stay counted',
  )
  t.same([await guess('four'), await guess('five')], [401, 429])
})

t.test('many successful sign-ins, concurrent and in sequence, are never delayed', async t => {
  await world.signsUp('busy')
  const right = () =>
    asks('POST', '/v1/sessions', { json: { email: 'busy@example.com', password: "busy's own password" } })
  const answers: Answer[] = []
  for (let turn = 0; turn < 2; turn++) answers.push(...(await Promise.all(Array.from({ length: 12 }, right))))
  t.same(new Set(answers.map(({ status }) => status)), new Set([201]))
})

t.test('guesses at many accounts are refused by address, an IPv6 address by its /64 and its /48', async t => {
  const guess = (i: number, network = '2001:db8:0:0') =>
    tries(`somebody-${i}`, 'what could it be', `${network}::${(i % 9) + 1}`)
  for (let i = 0; i < 50; i++) t.equal((await guess(i)).status, 401, 'fifty failures cause no delay')
  await raise(50, 64)
  t.same([(await guess(50)).status, (await guess(51)).status], [401, 429], 'the next one begins a delay of minutes')
  t.equal((await guess(52, '2001:db8:0:1')).status, 401, 'the next /64 is not refused')
  t.equal((await raise(66, 300)).modifiedCount, 1, 'its failures and those of the first one count for the /48')
  t.same([(await guess(53, '2001:db8:0:2')).status, (await guess(54, '2001:db8:0:3')).status], [401, 429])
  t.equal((await guess(55, '2001:db8:1:0')).status, 401, 'the next /48 is not refused')
})

t.test('an IPv4 address in its IPv6 form is the same address', async t => {
  for (let i = 0; i < 7; i++) await tries(`guessed-${i}`, 'a guess', '198.18.4.4')
  await raise(7, 64)
  await tries('guessed', 'a guess', '::ffff:198.18.4.4')
  t.equal((await tries('guessed-too', 'a guess', '::ffff:c612:404')).status, 429)
  t.equal((await tries('guessed-too', 'a guess', '198.18.4.4')).status, 429)
})

t.test('common passwords are refused', async t => {
  for (const password of ['qwertyuiop', 'Password1234!', '1q2w3e4r5t6y']) {
    const { status, body } = await asks('POST', '/v1/users', { json: { email: 'common@example.com', password } })
    t.equal(status, 400, password)
    t.equal(body.errors[0].pointer, '/password')
  }
})
