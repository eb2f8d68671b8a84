import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chooseEngine, rememberKind } from '../../src/engine/choose-engine.ts'
import { debianSource, fromLines, fromStanzas } from '../../src/engine/documentdb/debian-source.ts'
import { startEngine } from '../../src/engine/engine.ts'
import { lockFolder } from '../../src/engine/lock.ts'

async function ownFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'glance-choice-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

t.test('a configured server is used as it is', async t => {
  const engine = await startEngine({
    uri: 'mongodb://elsewhere',
    folder: '/nowhere',
    durable: true,
    progress: () => undefined,
  })
  t.match(engine, { kind: 'server', uri: 'mongodb://elsewhere' })
  await engine.stop()
})

t.test('the kind of engine that created the data is used again, and another one is refused', async t => {
  const folder = await ownFolder(t)
  t.match(await chooseEngine(folder, 'documentdb', undefined), { kind: 'documentdb' })
  t.match(await chooseEngine(folder, undefined, '/usr/bin/mongod'), { kind: 'mongod' })
  await rememberKind(folder, 'documentdb')
  t.match(await chooseEngine(folder, undefined, '/usr/bin/mongod'), { kind: 'documentdb' })
  await t.rejects(chooseEngine(folder, 'mongod', undefined), /created by documentdb/)
  await writeFile(join(folder, 'engine'), 'abacus')
  await t.rejects(chooseEngine(folder, undefined, undefined), /abacus/)
})

t.test('only one process at a time can lock a folder', async t => {
  const folder = await ownFolder(t)
  const unlock = await lockFolder(folder)
  await t.rejects(lockFolder(folder), /another process uses/)
  unlock()
  const unlockAgain = await lockFolder(folder)
  unlockAgain()
})

t.test("the Debian mirror is read from the machine's apt sources, in the one-line and the deb822 format", async t => {
  const keyring = '/usr/share/keyrings/k.gpg'
  t.same(
    fromLines(
      `# deb http://no.example/debian x main\ndeb [arch=amd64 signed-by=${keyring}] http://a.example/debian bookworm main contrib`,
    ),
    { uri: 'http://a.example/debian', keyring },
  )
  t.equal(fromLines('deb http://security.example/debian-security bookworm-security main'), undefined)
  t.equal(fromLines('deb http://a.example/debian bookworm non-free'), undefined)
  const stanzas = [
    'Types: deb\nURIs: http://security.example/debian-security\nSuites: x-security\nComponents: main',
    'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: x\nComponents: main',
    `Types: deb\nURIs: http://b.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: ${keyring}`,
  ]
  t.same(fromStanzas(stanzas.join('\n\n')), { uri: 'http://b.example/debian', keyring })
})

t.test('without a Debian package source, the error names the alternatives', async t => {
  const folder = await ownFolder(t)
  await t.rejects(debianSource(undefined, folder), /MONGODB_URI.*mongod.*Debian/)
  t.match(await debianSource('http://mine.example/debian', folder), { uri: 'http://mine.example/debian' })
  await mkdir(join(folder, 'sources.list.d'))
  await writeFile(
    join(folder, 'sources.list.d', 'x.sources'),
    'Types: deb\nURIs: http://c.example/debian\nSuites: y\nComponents: main\n',
  )
  t.match(await debianSource(undefined, folder), { uri: 'http://c.example/debian' })
})
