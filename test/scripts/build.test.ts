import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { startCommand } from '../helpers/service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const WORKER = 'src/accounts/users/password-worker.js'

/** A checkout with a service that prints `says`, and `npm run build` in it. */
async function aCheckout(t: Test) {
  const folder = t.testdir({ src: { accounts: { users: {} }, lib: {} } })
  await mkdir(join(folder, 'scripts/start'), { recursive: true })
  for (const path of ['scripts/start/build.js', WORKER, 'package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(join(root, path), join(folder, path))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'src/main.ts'), `import { says } from './lib/says.ts'\nconsole.log(says)\n`)
  const run = async (path: string) => {
    const command = startCommand(t, process.execPath, [join(folder, path)], {})
    return { code: await command.ended(), says: command.output() }
  }
  return {
    folder,
    write: (source: string) => writeFile(join(folder, 'src/lib/says.ts'), source),
    build: () => run('scripts/start/build.js'),
    service: () => run('dist/main.js'),
  }
}

t.test('what is compiled is always compiled from the sources as they are', async t => {
  const { folder, write, build, service } = await aCheckout(t)
  await write(`export const says: string = 'first'`)
  t.match(await build(), { code: 0, says: /compiling/ })
  t.same(await service(), { code: 0, says: 'first\n' })
  t.same(await build(), { code: 0, says: '' }, 'nothing has changed')

  await write(`export const says: string = 'second'`)
  t.match(await build(), { code: 0, says: /compiling/ })
  t.same(await service(), { code: 0, says: 'second\n' })

  await write(`export const says: string = 'third`)
  const broken = await build()
  t.equal(broken.code, 1)
  t.match(broken.says, /ERROR\W+Unterminated string literal\s+src.lib.says\.ts:1:\d+/)
  t.notMatch(broken.says, /\n +at .*node_modules/, 'no stack')

  await write(`export const says: string = 'third'`)
  t.match(await build(), { code: 0, says: /compiling/ })
  t.same(await service(), { code: 0, says: 'third\n' })
  t.match(await readFile(join(folder, 'dist/password-worker.js'), 'utf8'), /hash/, 'worker threads load it')
})
