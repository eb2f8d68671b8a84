import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { aGateway, aPostgres, noEmbedded, noOtherUser, ownFolder } from '../helpers/database/embedded.ts'
import { startCommand, startScript } from '../helpers/service.ts'

const skip = noEmbedded

t.test('commands are for those who know the password', { skip }, async t => {
  const { server } = await aPostgres(t)
  const { connects } = await aGateway(t, server)

  const stranger = (await connects({}, '')).db('glance')
  t.equal((await stranger.command({ ping: 1 })).ok, 1)
  t.match(await stranger.admin().command({ connectionStatus: 1 }), { authInfo: { authenticatedUsers: [] } })
  for (const command of [
    { find: 'users' },
    { insert: 'users', documents: [{}] },
    { listCollections: 1 },
    { serverStatus: 1 },
  ]) {
    await t.rejects(stranger.command(command), {
      code: 13,
      codeName: 'Unauthorized',
      message: /requires authentication/,
    })
  }

  for (const login of ['test:wrong@', 'nobody:secret@']) {
    await t.rejects(connects({}, login), { code: 18, codeName: 'AuthenticationFailed' }, login)
  }
  await t.rejects(connects({ authMechanism: 'SCRAM-SHA-1' }), { code: 334 })

  const known = (await connects()).db('glance')
  await known.collection('users').insertOne({ name: 'Ann' })
  const { authInfo } = await known.admin().command({ connectionStatus: 1 })
  t.same(authInfo.authenticatedUsers, [{ user: 'test', db: 'admin' }])
})

t.test('a conversation can not be repeated, and its messages are looked at', { skip }, async t => {
  const { server } = await aPostgres(t)
  const { connects } = await aGateway(t, server)
  const admin = (await connects({}, '')).db('admin')
  const starts = (payload: string) =>
    admin.command({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from(payload) })
  const goesOn = (payload: string) =>
    admin.command({ saslContinue: 1, conversationId: 1, payload: Buffer.from(payload) })
  for (const payload of ['', 'n,,n=test', 'p=tls-unique,,n=test,r=abc'])
    await t.rejects(starts(payload), { code: 18 }, payload)
  await t.rejects(goesOn('c=biws,r=abc,p=YQ=='), { code: 18 }, 'without a beginning')
  const { payload } = await starts('n,,n=test,r=abc')
  const [, nonce] = /^r=(abc[^,]+),s=[^,]+,i=15000$/.exec(payload.toString('utf8')) ?? []
  t.ok(nonce)
  await t.rejects(goesOn(`c=biws,r=${nonce},p=YQ==`), { code: 18 }, 'a proof that is too short')
  await t.rejects(goesOn(`c=biws,r=${nonce},p=YQ==`), { code: 18 }, 'a second try')
})

t.test(
  'another user of the machine can neither read the address with its password nor the data',
  { skip: skip || noOtherUser },
  async t => {
    const folder = await ownFolder(t)
    const engine = startScript(t, 'scripts/engine.ts', { GLANCE_ENGINE: 'documentdb' }, { cwd: folder })
    const [uri] = await engine.says(/mongodb:\/\/\S+glance/)
    await engine.says(/mongosh/)
    const glance = join(folder, '.glance')
    t.equal(await readFile(join(glance, 'uri'), 'utf8'), uri)
    for (const secret of ['uri', 'database-password']) t.equal((await stat(join(glance, secret))).mode & 0o777, 0o600)
    t.equal((await stat(join(glance, 'documentdb/cluster'))).mode & 0o077, 0)
    const { uid } = await stat(join(glance, 'documentdb'))
    t.not(uid, 65534, 'not shared with other daemons')
    const paths = ['uri', 'database-password', 'documentdb/cluster/PG_VERSION'].map(path => join(glance, path))
    const other = startCommand(t, 'cat', paths, {}, { cwd: '/', uid: 12345, gid: 12345 })
    await other.ended()
    t.match(other.output(), /^(cat: .*: Permission denied\n){3}$/)
  },
)
