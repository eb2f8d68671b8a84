import { access, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { offerSetup } from '../../src/accounts/setup/offer-setup.ts'
import { loadConfig } from '../../src/config/config.ts'
import { silent } from '../helpers/log.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld, testEnvironment, worldAt } from '../helpers/world.ts'

const ANN = { email: 'ann@example.com', password: 'a good long one' }
const BOB = { email: 'bob@example.com', password: 'another good one' }
const NO_ADMIN = { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' }
const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

/** A service without accounts, and the code that its start offers. */
async function newService(t: Test, more: NodeJS.ProcessEnv = {}) {
  const env = await testEnvironment(t, { ...NO_ADMIN, ...more })
  // The database is the one of this world, which is to drop it.
  const { DATABASE: _own, ...rest } = env
  const world = await openWorld(t, rest, { signInPause: 0 })
  const config = loadConfig({ ...env, DATABASE: world.database.db.databaseName })
  const offers = () => offerSetup(config, world.database, silent)
  const file = join(env.GLANCE_FOLDER ?? '', 'setup-code')
  const setsUp = (account: object, code?: string) => world.asks('POST', '/v1/setup', { json: { ...account, code } })
  const needed = async () => (await world.asks('GET', '/v1/setup')).body.needed
  return { ...world, env, file, offers, setsUp, needed }
}

t.test('the code of a new service makes the first account, an admin, once', async t => {
  const { asks, offers, file, setsUp, needed, signsIn } = await newService(t)
  t.equal(await needed(), true)
  const code = await offers()
  t.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  t.equal((await readFile(file, 'utf8')).trim(), code)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.equal(await offers(), code, 'a further start, or another process, offers the same one')
  const made = await setsUp({ ...ANN, displayName: 'Ann' }, code)
  t.equal(made.status, 201)
  t.match(made.body, { email: ANN.email, displayName: 'Ann', roles: ['user', 'admin'] })
  t.equal(await needed(), false)
  t.equal(await isThere(file), false)
  t.equal(await offers(), undefined)
  const again = await setsUp(BOB, code)
  t.equal(again.status, 409)
  t.equal(again.body.code, 'setup_done')
  const { token } = await signsIn(ANN)
  const { body } = await asks('GET', `/v1/audit?who=${made.body.id}`, { token })
  t.match(body.items.at(-1), { what: 'set_up', roles: ['user', 'admin'], address: '127.0.0.1' })
})

t.test('people may type the code in small letters and without hyphens', async t => {
  const { offers, setsUp } = await newService(t)
  const code = (await offers()) ?? ''
  t.equal((await setsUp(ANN, code.toLowerCase().replaceAll('-', ' '))).status, 201)
})

t.test('a wrong code is refused, and after several the answer is 429', async t => {
  const { asks, offers, setsUp, needed, signsIn } = await newService(t)
  const code = (await offers()) ?? ''
  for (const wrong of ['', code.slice(1), `${code}0`, code.replace(/.$/, 'U'), 'é'.repeat(16), '0'.repeat(100)]) {
    const { status, body } = await setsUp(ANN, wrong)
    t.equal(status, 403, wrong)
    t.match(body, { code: 'forbidden', errors: [{ pointer: '/code' }] })
  }
  const { status, body, headers } = await setsUp(ANN, code)
  t.equal(status, 429, 'also the right one has to wait now')
  t.equal(body.code, 'rate_limited')
  t.match(headers.get('retry-after'), /^\d+$/)
  t.equal(await needed(), true)
  await asks('POST', '/v1/users', { json: ANN })
  t.equal((await asks('POST', '/v1/sessions', { json: ANN })).status, 201, 'a sign-in is another account')
  t.ok(await signsIn(ANN))
})

t.test('invalid accounts are refused with the field named, and the code stays valid', async t => {
  const { offers, setsUp } = await newService(t)
  const code = await offers()
  const cases: [string, object][] = [
    ['/email', { ...ANN, email: 'none' }],
    ['/password', { ...ANN, password: 'short' }],
    ['/roles', { ...ANN, roles: ['user'] }],
  ]
  for (const [pointer, account] of cases) {
    const { status, body } = await setsUp(account, code)
    t.equal(status, 400)
    t.equal(body.errors[0].pointer, pointer)
  }
  t.equal((await setsUp(ANN)).body.errors[0].pointer, '/code')
  t.equal((await setsUp(ANN, code)).status, 201)
})

t.test('of concurrent setups, also in two processes, one succeeds', async t => {
  const first = await newService(t)
  const second = await openWorld(t, { ...first.env, DATABASE: first.database.db.databaseName })
  const code = await first.offers()
  const race = Array.from({ length: 5 }, (_, i) => {
    const json = { ...ANN, email: `racer${i}@example.com`, code }
    return (i % 2 ? first : second).asks('POST', '/v1/setup', { json })
  })
  const statuses = (await Promise.all(race)).map(({ status }) => status).sort()
  t.same(statuses, [201, ...Array(4).fill(409)])
  t.equal(await first.database.db.collection('users').countDocuments(), 1)
})

t.test('a sign-up closes the setup', async t => {
  const { asks, offers, file, setsUp, needed } = await newService(t)
  const code = await offers()
  const { status, body } = await asks('POST', '/v1/users', { json: BOB })
  t.equal(status, 201)
  t.same(body.roles, ['user'])
  t.equal((await setsUp(ANN, code)).status, 409)
  t.equal(await isThere(file), false)
  t.equal(await needed(), false)
})

t.test('after the last account is erased a new code is needed', async t => {
  const { asks, offers, setsUp, needed, signsIn } = await newService(t)
  const code = await offers()
  await setsUp(ANN, code)
  const { token } = await signsIn(ANN)
  t.equal((await asks('POST', '/v1/erasures', { token, json: { password: ANN.password } })).status, 202)
  await until('the account is deleted', needed)
  t.equal((await setsUp(BOB, code)).status, 403, 'a code is valid once')
  const next = await offers()
  t.not(next, code)
  t.equal((await setsUp(BOB, next)).status, 201)
})

t.test('ADMIN_EMAIL closes the setup', async t => {
  const { needed, offers, setsUp, signsIn } = await newService(t, {
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  })
  t.equal(await needed(), false)
  t.equal(await offers(), undefined)
  t.equal((await setsUp(ANN, 'any')).status, 409)
  t.ok((await signsIn(ADMIN)).token)
})

t.test('the start message contains the URL of the setup, and the log never the code', async t => {
  const env = await testEnvironment(t, { ...NO_ADMIN, LOG_LEVEL: 'trace' })
  const service = startScript(t, 'src/main.ts', env)
  const [, url = '', code = ''] = await service.says(/^ {2}Setup {5}(http:\S+)\/dashboard\/setup\?code=(\S+)$/m)
  await service.says(/Ctrl\+C/)
  const { asks } = worldAt(url)
  await asks('GET', `/dashboard/setup?code=${code}`)
  t.equal((await asks('POST', '/v1/setup', { json: { ...ANN, code } })).status, 201)
  t.equal(await service.kill('SIGTERM'), 0)
  t.equal(service.output().split(code).length, 2, 'it is only in the message')
  const again = startScript(t, 'src/main.ts', env)
  await again.says(/^ {2}Admin {5}sign up, then npm run admin/m)
  t.notMatch(again.output(), /Setup/)
})

t.test('in production the log names the file, or says why there is none', async t => {
  const env = await testEnvironment(t, { ...NO_ADMIN, NODE_ENV: 'production', LOG_LEVEL: 'info' })
  const file = join(env.GLANCE_FOLDER ?? '', 'setup-code')
  const service = startScript(t, 'src/main.ts', env)
  await service.says(/no account.*\n/)
  t.match(service.output(), JSON.stringify(file))
  const code = (await readFile(file, 'utf8')).trim()
  t.notMatch(service.output(), code)
  t.equal(await service.kill('SIGTERM'), 0)
  await mkdir(join(env.GLANCE_FOLDER ?? '', 'blocked', 'setup-code', 'full'), { recursive: true })
  const blocked = startScript(t, 'src/main.ts', { ...env, GLANCE_FOLDER: join(env.GLANCE_FOLDER ?? '', 'blocked') })
  const [line] = await blocked.says(/^.*can not be written: .*$/m)
  t.match(line, /ADMIN_EMAIL/)
  t.equal(await blocked.kill('SIGTERM'), 0)
})
