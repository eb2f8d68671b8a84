import t from 'tap'
import { compiled, startCommand, startScript } from '../helpers/service.ts'
import { openWorld, testEnvironment } from '../helpers/world.ts'

const env = await testEnvironment(t)
await openWorld(t, env)

async function run(name: string, ...words: string[]) {
  const command = startScript(t, `scripts/${name}.ts`, env, { words })
  return { code: await command.ended(), says: command.output() }
}

for (const name of ['admin', 'dataset', 'engine', 'rebuild', 'report', 'seed', 'shard', 'verify']) {
  t.test(`${name} explains itself, and refuses unknown options in one line`, async t => {
    t.match(await run(name, '--help'), { code: 0, says: new RegExp(`^npm run (-s )?${name} -- `) })
    const { code, says } = await run(name, '--bogus')
    t.equal(code, 2)
    t.match(says, /--bogus/)
    t.notMatch(says, /\n +at /, 'no stack')
  })
}

t.test('a wrong value is refused with the name of its option', async t => {
  for (const [name, ...words] of [
    ['verify', '--from', 'yesterday'],
    ['rebuild', '--to', '2026-02-31'],
    ['dataset', '--shape', 'recbole', '--out', 'x', '--split', 'soon'],
    ['report', 'top-images', '--since', 'soon'],
    ['report', 'top-images', '--since', '2026-02-31'],
    ['engine', '--port', '0'],
  ] as const) {
    const { code, says } = await run(name, ...words)
    t.equal(code, 2, name)
    t.match(says.split('\n')[0], words.at(-2)?.slice(2) ?? '', name)
  }
})

t.test('a command whose reader goes away ends quietly', async t => {
  for (const command of ['shard', 'verify', 'report']) {
    // The reader is gone before the first line; the command's own exit code and messages are shown.
    const script = `{ "$0" "$1"; echo "code $?" >&2; } | true`
    const piped = startCommand(t, 'sh', ['-c', script, process.execPath, compiled(`scripts/${command}.ts`)], env)
    await piped.ended()
    t.equal(piped.output(), 'code 0\n', command)
  }
})

t.test('CSV has one kind of line ends, and a byte order mark where it is asked for', async t => {
  const { code, says } = await run('report', 'trends', '--format', 'csv', '--bom')
  t.equal(code, 0)
  t.match(says, /^\uFEFFwhen,impressions/)
  t.equal(says.split('\n').length, 26)
  t.notMatch(says, /\r/)
  t.match(await run('report', 'trends', '--bom'), { code: 2, says: /--bom requires --format csv/ })
})
