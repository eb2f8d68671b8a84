import { mkdtemp, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { removeAbandonedFolders, temporaryFolder, withTemporaryFolder } from '../../src/lib/temporary-folder.ts'
import { startScript } from '../helpers/service.ts'

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

t.test('the folder of a process stays while it runs, and is removed after it was killed', async t => {
  const process = startScript(t, 'test/helpers/keep-folder.ts')
  const [path] = await process.says(/\/\S*glance-\S+/)
  await removeAbandonedFolders()
  t.ok(await exists(path), 'its process lives')
  await process.kill('SIGKILL')
  t.ok(await exists(path), 'a kill leaves it')
  await removeAbandonedFolders()
  t.notOk(await exists(path))
})

t.test('a folder without a socket is removed when nothing has changed in it for hours', async t => {
  const young = await mkdtemp(join(tmpdir(), 'glance-'))
  const old = await mkdtemp(join(tmpdir(), 'glance-'))
  t.teardown(() => rm(young, { recursive: true }))
  const hoursAgo = new Date(Date.now() - 3 * 3_600_000)
  await utimes(old, hoursAgo, hoursAgo)
  await removeAbandonedFolders()
  t.notOk(await exists(old))
  t.ok(await exists(young))
})

t.test('a temporary folder is removed with its work, and others of the process stay', async t => {
  const other = await temporaryFolder('other')
  const used = await withTemporaryFolder(async folder => folder)
  t.notOk(await exists(used))
  t.ok(await exists(other))
})
