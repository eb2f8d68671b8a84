import t from 'tap'
import { type Answer, openWorld } from '../helpers/world.ts'

const world = await openWorld(t, { TRUST_PROXY: '127.0.0.1' })
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

t.test('guessing gets slow, an account there or not; its owner gets in where it has been, all in the end', async t => {
  await world.signsUp('target')
  const right = "target's own password"
  const guesses = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => tries(name, `guess number ${i}`, `198.51.100.${i}`)))
  /** Raises the counted failures, so that the next one delays the others by minutes. */
  const fiveAreMany = () => attempts.updateMany({ failures: 5 }, { $set: { failures: 14 } })
  for (const name of ['target', 'nowhere']) {
    t.same(
      new Set((await guesses(name, 5)).map(({ status }) => status)),
      new Set([401]),
      'five failures cause no delay',
    )
    await fiveAreMany()
    const answers = await guesses(name, 12)
    t.equal(answers.filter(({ status }) => status === 401).length, 1, `${name}: one of many concurrent guesses`)
    const refused = answers.filter(({ status }) => status === 429)
    t.equal(refused.length, 11, `${name}: other addresses are delayed as well`)
    t.ok(Number(refused[0]?.headers.get('retry-after')) > 100)
  }
  t.equal(
    (await tries('target', right, '192.0.2.1')).status,
    429,
    'an unknown address must wait, even with the right password',
  )
  const owner = await world.signsIn({ email: 'target@example.com', password: right })
  t.ok(owner.token, 'the address of the owner is known')
  t.notMatch(
    JSON.stringify(await attempts.find().toArray()),
    /target|nowhere|198\.51/,
    'neither accounts nor addresses are stored in clear',
  )
  await guesses('target', 5)
  await fiveAreMany()
  await guesses('target', 1)
  t.equal((await tries('target', right, '192.0.2.1')).status, 429)
  await attempts.updateMany({}, { $set: { until: new Date(0) } })
  t.equal((await tries('target', right, '192.0.2.1')).status, 201, 'every delay ends')
})

t.test('refused attempts are not counted, and successful sign-ins cause no delay', async t => {
  const address = '198.18.0.7'
  const right = (name: string) => tries(name, `${name}'s own password`, address)
  for (const name of ['locked', 'dan', 'eve']) await world.signsUp(name)
  await Promise.all(Array.from({ length: 5 }, () => tries('locked', 'a guess', '198.18.0.8')))
  await attempts.updateMany({ failures: 5 }, { $set: { failures: 14 } })
  await tries('locked', 'a guess', '198.18.0.8')
  for (let i = 0; i < 52; i++) t.equal((await tries('locked', 'a guess', address)).status, 429)
  t.equal((await right('dan')).status, 201, 'attempts on a delayed account do not count against the address')

  for (const nobody of ['who', 'whoever', 'somebody']) await tries(nobody, 'a guess', address)
  await attempts.updateMany({ failures: 3 }, { $set: { failures: 50 } })
  t.equal((await right('eve')).status, 201)
  t.equal((await tries('locked', 'a guess', '198.18.0.9')).status, 429)
  await world.signsUp('fay')
  t.equal(
    (await right('fay')).status,
    201,
    'the failures and delay that a successful sign-in had counted are taken back',
  )
})

t.test("signing in to one's own account does not reset the failures at other accounts", async t => {
  const address = '198.18.1.1'
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

t.test('guesses at many accounts are delayed by address, an IPv6 address by its network', async t => {
  const guess = (i: number) => tries(`somebody-${i}`, 'what could it be', `2001:db8::${(i % 9) + 1}`)
  for (let i = 0; i < 50; i++) t.equal((await guess(i)).status, 401, 'fifty failures cause no delay')
  await attempts.updateMany({ failures: 50 }, { $set: { failures: 64 } })
  t.same([(await guess(50)).status, (await guess(51)).status], [401, 429], 'the next one begins a delay of minutes')
  t.equal((await tries('ann', 'what could it be', '2001:db8:0:1::1')).status, 401, 'the next network is not delayed')
})

t.test('common passwords are refused', async t => {
  for (const password of ['qwertyuiop', 'Password1234!', '1q2w3e4r5t6y']) {
    const { status, body } = await asks('POST', '/v1/users', { json: { email: 'common@example.com', password } })
    t.equal(status, 400, password)
    t.equal(body.errors[0].pointer, '/password')
  }
})
