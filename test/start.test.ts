/** `npm start` as a newcomer meets it. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { killServer, noEmbedded, noOtherUser, ownFolder, serversOf } from './helpers/database/embedded.ts'
import { noise } from './helpers/pictures.ts'
import { startCommand, startScript } from './helpers/service.ts'
import { ADMIN, worldAt } from './helpers/world.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const isRoot = process.getuid?.() === 0
/** Containers have no right to mount, root or not. */
const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0
const noSmallDisk = noEmbedded || (!canMount && 'needs the right to mount a small disk')
const env = { GLANCE_ENGINE: 'documentdb', PORT: '0', LOG_LEVEL: 'silent', BCRYPT_COST: '10' }

const start = (t: Test, folder: string, more = {}) =>
  startCommand(t, 'npm', ['start', '--silent'], { ...env, GLANCE_FOLDER: folder, ...more }, { cwd: root })

/** The service started from its sources, so that tests of what it refuses need not wait for the compiler. */
const startFromSource = (t: Test, folder: string, as = {}, more = {}) =>
  startScript(t, 'src/main.ts', { ...env, GLANCE_FOLDER: folder, ...more }, { cwd: '/', ...as })

t.test(
  'prints its URL, the database and why it was chosen, the folder of the data and the next steps',
  { skip: noEmbedded },
  async t => {
    const folder = join(await ownFolder(t), '.glance')
    const service = start(t, folder, { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password })
    const [, url = ''] = await service.says(/^Glance is running: (http:\/\/127\.0\.0\.1:\d+)$/m)
    await service.says(/Ctrl\+C/)
    t.match(service.output(), `API       ${url}/docs`)
    t.match(service.output(), 'Database  PostgreSQL with DocumentDB, started here (set by GLANCE_ENGINE)')
    t.match(service.output(), `Data      ${folder}\n`)
    t.match(service.output(), 'Shell     mongosh "$(cat ')
    t.match(service.output(), `Admin     ${ADMIN.email}\n`)
    t.match(service.output(), /^creating an empty database, about \d+ MB$/m, 'a slow step is a line')
    const { password } = new URL(await readFile(join(folder, 'uri'), 'utf8'))
    t.notMatch(service.output(), password, 'secrets are not printed')

    const { asks, root } = worldAt(url)
    const admin = await root()
    await killServer(join(folder, 'documentdb/cluster'))
    t.equal((await admin.uploads(await noise(20, 20))).status, 201, 'a database server that is killed is started again')
    t.equal((await asks('GET', '/readyz')).status, 200)
    t.match(service.output(), /^the database server runs again$/m)

    t.equal(await service.kill('SIGTERM'), 0, 'npm hands the signal on')
    t.same(await serversOf(folder), [])

    const again = start(t, folder)
    await again.says(/Glance is running/)
    t.notMatch(again.output(), /compiling|creating/, 'what stands is not made again')
    t.match(again.output(), 'it created the data in this folder')
    t.equal(await again.kill('SIGTERM'), 0)
  },
)

t.test('a second start in the same folder prints one line and exits with 1', { skip: noEmbedded }, async t => {
  const folder = await ownFolder(t)
  await startFromSource(t, folder).says(/Glance is running/)
  const second = startFromSource(t, folder)
  t.equal(await second.ended(), 1)
  t.match(second.output(), /^another process uses the data in .*\n$/)
})

t.test(
  'a full disk prints one line and exits with 1, and the next start with room continues',
  { skip: noSmallDisk },
  async t => {
    const folder = await ownFolder(t)
    const mounted = startCommand(t, 'mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', folder])
    t.equal(await mounted.ended(), 0, mounted.output())
    t.teardown(() => startCommand(t, 'umount', ['--lazy', folder]).ended())
    const refused = startFromSource(t, folder)
    t.equal(await refused.ended(), 1)
    t.match(
      refused.output(),
      /^(creating an empty database, about 80 MB\n)initdb failed: no space is left on the disk: .*\n$/,
    )
    await startCommand(t, 'mount', ['-o', 'remount,size=300m', folder]).ended()
    const service = startFromSource(t, folder)
    await service.says(/Glance is running/)
    t.equal(await service.kill('SIGTERM'), 0)
  },
)

t.test('a missing write permission prints one line and exits with 1', { skip: noOtherUser }, async t => {
  const folder = await ownFolder(t)
  const other = { uid: 12345, gid: 12345 }
  for (const place of [folder, join(folder, 'deeper')]) {
    const service = startFromSource(t, place, other)
    t.equal(await service.ended(), 1)
    t.match(service.output(), /^GLANCE_FOLDER: EACCES: permission denied.*\n$/)
  }
})

t.test('an older Node prints the required version', async t => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.9.0' })"
  const script = `${pretend}; require('${root}scripts/start/require-node.cjs')`
  const old = startCommand(t, process.execPath, ['-e', script])
  t.equal(await old.ended(), 1)
  t.match(old.output(), /^Glance needs Node 20\.19 or later; this is Node 20\.9\.0\.\n$/)
  for (const fine of ['20.19.0', '22.0.0', '100.1.0']) {
    t.equal(await startCommand(t, process.execPath, ['-e', script.replace('20.9.0', fine)]).ended(), 0, fine)
  }
})
