import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { aGateway, aPostgres, noEmbedded, noOtherUser, ownFolder } from '../helpers/database/embedded.ts'
import { startCommand, startScript } from '../helpers/service.ts'

const skip = noEmbedded
let postgres: ReturnType<typeof aPostgres> | undefined
/** The server of the tests that need no checkout: creating a database takes seconds. */
const ourPostgres = () => (postgres ??= aPostgres(t))

t.test('commands are refused without the password', { skip }, async t => {
  const { server } = await ourPostgres()
  const { connects } = await aGateway(t, server)

  const anonymous = (await connects({}, '')).db('glance')
  t.equal((await anonymous.command({ ping: 1 })).ok, 1)
  t.match(await anonymous.admin().command({ connectionStatus: 1 }), { authInfo: { authenticatedUsers: [] } })
  for (const command of [
    { find: 'users' },
    { insert: 'users', documents: [{}] },
    { listCollections: 1 },
    { serverStatus: 1 },
  ]) {
    await t.rejects(anonymous.command(command), {
      code: 13,
      codeName: 'Unauthorized',
      message: /requires authentication/,
    })
  }

  for (const login of ['test:wrong@', 'nobody:secret@']) {
    await t.rejects(connects({}, login), { code: 18, codeName: 'AuthenticationFailed' }, login)
  }
  await t.rejects(connects({ authMechanism: 'SCRAM-SHA-1' }), { code: 334 })

  const authenticated = (await connects()).db('glance')
  await authenticated.collection('users').insertOne({ name: 'Ann' })
  const { authInfo } = await authenticated.admin().command({ connectionStatus: 1 })
  t.same(authInfo.authenticatedUsers, [{ user: 'test', db: 'admin' }])
})

t.test('a SCRAM conversation accepts one proof, and invalid SASL messages are refused', { skip }, async t => {
  const { server } = await ourPostgres()
  const { connects } = await aGateway(t, server)
  const admin = (await connects({}, '')).db('admin')
  const start = (payload: string) =>
    admin.command({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from(payload) })
  const proceed = (payload: string) =>
    admin.command({ saslContinue: 1, conversationId: 1, payload: Buffer.from(payload) })
  for (const payload of ['', 'n,,n=test', 'p=tls-unique,,n=test,r=abc'])
    await t.rejects(start(payload), { code: 18 }, payload)
  await t.rejects(proceed('c=biws,r=abc,p=YQ=='), { code: 18 }, 'without saslStart')
  const { payload } = await start('n,,n=test,r=abc')
  const [, nonce] = /^r=(abc[^,]+),s=[^,]+,i=15000$/.exec(payload.toString('utf8')) ?? []
  t.ok(nonce)
  await t.rejects(proceed(`c=biws,r=${nonce},p=YQ==`), { code: 18 }, 'proof too short')
  await t.rejects(proceed(`c=biws,r=${nonce},p=YQ==`), { code: 18 }, 'second proof in the same conversation')
})

t.test(
  'another user of the machine can read neither the URI with its password nor the data',
  { skip: skip || noOtherUser },
  async t => {
    const folder = await ownFolder(t)
    const engine = startScript(t, 'scripts/engine.ts', { GLANCE_ENGINE: 'documentdb' }, { cwd: folder })
    const [uri] = await engine.says(/mongodb:\/\/\S+glance/)
    await engine.says(/mongosh/)
    const dataFolder = join(folder, '.glance')
    t.equal(await readFile(join(dataFolder, 'uri'), 'utf8'), uri)
    for (const secret of ['uri', 'database-password'])
      t.equal((await stat(join(dataFolder, secret))).mode & 0o777, 0o600)
    t.equal((await stat(join(dataFolder, 'documentdb/cluster'))).mode & 0o077, 0)
    const { uid } = await stat(join(dataFolder, 'documentdb'))
    t.not(uid, 65534, 'not the uid of nobody, which other daemons share')
    const paths = ['uri', 'database-password', 'documentdb/cluster/PG_VERSION'].map(path => join(dataFolder, path))
    const otherUser = startCommand(t, 'cat', paths, {}, { cwd: '/', uid: 12345, gid: 12345 })
    await otherUser.ended()
    t.match(otherUser.output(), /^(cat: .*: Permission denied\n){3}$/)
  },
)
