import bcrypt from 'bcryptjs'
import t from 'tap'
import { weaknessOf } from '../../src/accounts/users/password-rules.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const composed = 'caf\u00e9 \ufb01ne 2026'
const decomposed = 'cafe\u0301 fine 2026'

const signsIn = async (email: string, password: string) =>
  (await asks('POST', '/v1/sessions', { json: { email, password } })).status

t.test('a password is the same however the keyboard writes its characters', async t => {
  const email = 'unicode@example.com'
  t.equal((await asks('POST', '/v1/users', { json: { email, password: decomposed } })).status, 201)
  for (const password of [composed, decomposed]) t.equal(await signsIn(email, password), 201)
  t.equal(await signsIn(email, 'cafe fine 2026'), 401)
})

t.test('a hash of the password as it was written goes on working', async t => {
  const email = 'old@example.com'
  await asks('POST', '/v1/users', { json: { email, password: 'another one for now' } })
  for (const password of [composed, '\ufdfa'.repeat(20)]) {
    await database.db
      .collection('users')
      .updateOne({ email }, { $set: { passwordHash: await bcrypt.hash(password, 4) } })
    for (let i = 0; i < 2; i++) t.equal(await signsIn(email, password), 201, 'also after the hash was renewed')
  }
})

t.test('a password that is made of the e-mail, or a simple sequence, is refused', async t => {
  const email = 'Rumpelstiltskin@example.com'
  const weak = [
    'rumpelstiltskin@example.com',
    'RUMPELSTILTSKIN@EXAMPLE.COM',
    'my rumpelstiltskin@example.com',
    'Rumpelstiltskin',
    'rumpelstiltskin2026!',
    'example.com!!',
    'aaaaaaaaaaaa',
    'abababababab',
    'abcdefghijkl',
    'lkjihgfedcba',
    '1234567890',
    '0987654321',
    '1122334455667788',
    'aaaaabbbbbccccc',
    'abcdabcdabcd',
    '\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10',
  ]
  for (const password of weak) {
    const { status, body } = await asks('POST', '/v1/users', { json: { email, password } })
    t.equal(status, 400, password)
    t.equal(body.errors[0].pointer, '/password')
  }
  for (const password of ['a good long one', 'violet umbrella 42 x', 'Xk3-pq9-Zr7', 'rumpelstiltskin and the queen'])
    t.equal(weaknessOf(password, email), undefined, password)
})

t.test('a new password is refused for the same reasons', async t => {
  const { token } = await world.signsUp('changing')
  for (const newPassword of ['changing@example.com', '123456789012']) {
    const json = { currentPassword: "changing's own password", newPassword }
    const { status, body } = await asks('PUT', '/v1/users/me/password', { token, json })
    t.equal(status, 400, newPassword)
    t.equal(body.errors[0].pointer, '/newPassword')
  }
})
