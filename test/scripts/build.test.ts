import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { startCommand } from '../helpers/service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const WORKER = 'src/accounts/users/password-worker.js'

/** How the dashboard is built. */
const CONFIG = ['src/dashboard/vite.config.ts', 'src/dashboard/build']
const PAGE = '<!doctype html><script type="module" src="./main.ts"></script>'

/** A checkout with a service that prints `says`, a dashboard that shows `shows`, a tracker that says nothing, and `npm run build` in it. */
async function aCheckout(t: Test) {
  const tracker = { 'main.ts': 'console.log()' }
  const folder = t.testdir({ src: { accounts: { users: {} }, lib: {}, dashboard: { 'index.html': PAGE }, tracker } })
  for (const path of ['scripts/start', WORKER, ...CONFIG, 'package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(join(root, path), join(folder, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'src/main.ts'), `import { says } from './lib/says.ts'\nconsole.log(says)\n`)
  const dashboard = join(folder, 'dist/dashboard')
  const show = (shows: string) => writeFile(join(folder, 'src/dashboard/main.ts'), `document.title = '${shows}'\n`)
  await show('nothing')
  const run = async (path: string, ...options: string[]) => {
    const command = startCommand(t, process.execPath, [join(folder, path), ...options], {})
    return { code: await command.ended(), says: command.output() }
  }
  return {
    folder,
    write: (source: string) => writeFile(join(folder, 'src/lib/says.ts'), source),
    show,
    build: (...options: string[]) => run('scripts/start/build.js', ...options),
    /** The compiled scripts of the dashboard, and their contents. */
    async scripts() {
      const names = (await readdir(join(dashboard, 'assets'))).filter(name => name.endsWith('.js'))
      return Promise.all(names.map(name => readFile(join(dashboard, 'assets', name), 'utf8')))
    },
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

t.test('the service, the dashboard and the tracker are each compiled when their own sources have changed', async t => {
  const { folder, write, show, build, service, scripts } = await aCheckout(t)
  await write(`export const says: string = 'first'`)
  await show('one')
  t.match(await build(), { code: 0, says: /^(compiling the (service|dashboard|tracker)\n){3}$/ })
  t.match(await scripts(), [/one/])

  await show('two')
  t.same(await build(), { code: 0, says: 'compiling the dashboard\n' })
  t.match(await scripts(), [/two/], 'the old files are removed')

  await write(`export const says: string = 'second'`)
  t.same(await build(), { code: 0, says: 'compiling the service\n' })
  t.same(await service(), { code: 0, says: 'second\n' })
  t.match(await scripts(), [/two/], 'the dashboard stays')

  await writeFile(join(folder, 'src/tracker/main.ts'), 'console.log(1)')
  t.same(await build(), { code: 0, says: 'compiling the tracker\n' })
  t.match(await readFile(join(folder, 'dist/tracker/tracker.js'), 'utf8'), /console\.log\(1\)/)

  await rm(join(folder, 'dist/dashboard/.sources'))
  t.same(await build(), { code: 0, says: 'compiling the dashboard\n' }, 'a compilation that was killed is repeated')
})

t.test('what the dashboard imports from the service counts among its sources', async t => {
  const { folder, write, build, scripts } = await aCheckout(t)
  const main = `import { says } from '../lib/says.ts'\ndocument.title = says\n`
  await writeFile(join(folder, 'src/dashboard/main.ts'), main)
  await write(`export const says: string = 'first'`)
  await build()
  await write(`export const says: string = 'second'`)
  t.match(await build(), { code: 0, says: /compiling the dashboard/ })
  t.match(await scripts(), [/second/])
})

t.test('an error in the dashboard is printed without a stack, and what was compiled stays', async t => {
  const { write, show, build, scripts } = await aCheckout(t)
  await write(`export const says: string = 'first'`)
  await build()
  await show(`it's broken`)
  const broken = await build()
  t.equal(broken.code, 1)
  t.match(broken.says, /compiling the dashboard failed: .*main\.ts/s)
  t.notMatch(broken.says, /\n +at /, 'no stack')
  t.match(await scripts(), [/nothing/])
})

t.test('files of the dashboard are compressed beside themselves', async t => {
  const { folder, write, show, build } = await aCheckout(t)
  await write(`export const says: string = 'first'`)
  await show('long '.repeat(1000))
  await build()
  const names = await readdir(join(folder, 'dist/dashboard/assets'))
  t.match(names.sort(), [/\.js$/, /\.js\.br$/, /\.js\.gz$/])
  const [, name = '', zipped = ''] = names
  const read = (file: string) => readFile(join(folder, 'dist/dashboard/assets', file))
  t.same(brotliDecompressSync(await read(name)), gunzipSync(await read(zipped)))
})

t.test('the client is compiled when it is asked for, with its types and all that it imports', async t => {
  const { folder, write, build } = await aCheckout(t)
  await write(`export const says: string = 'first'`)
  await cp(join(root, 'src/client'), join(folder, 'src/client'), { recursive: true })
  t.notMatch((await build()).says, /client/, 'the service needs none')
  t.same(await build('--client'), { code: 0, says: 'compiling the client\n' })
  t.same(await build('--client'), { code: 0, says: '' }, 'nothing has changed')
  const compiled = (name: string) => readFile(join(folder, 'dist/client', name), 'utf8')
  t.match(await compiled('index.d.ts'), /createClient/)
  const module = await compiled('index.js')
  t.match(module, /createClient/)
  t.notMatch(module, /^import /m, 'a page loads one file')

  await writeFile(join(folder, 'src/client/index.ts'), `export const broken = 'x`)
  const broken = await build('--client')
  t.equal(broken.code, 1)
  t.match(broken.says, /ERROR.*Unterminated string literal/)
  t.equal((await build('--client')).code, 1, 'it is not taken for compiled')
})
