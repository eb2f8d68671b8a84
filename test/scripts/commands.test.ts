import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { compiled, startCommand, startScript } from '../helpers/service.ts'
import { openWorld, testEnvironment } from '../helpers/world.ts'

const REPORTS_DIR = fileURLToPath(new URL('../../examples/reports', import.meta.url))
const env = await testEnvironment(t, { REPORTS_DIR })
await openWorld(t, env)

async function run(name: string, ...words: string[]) {
  const command = startScript(t, `scripts/${name}.ts`, env, { words })
  return { code: await command.ended(), says: command.output() }
}

for (const name of [
  'admin',
  'archive',
  'dataset',
  'demo',
  'engine',
  'rebuild',
  'report',
  'restore',
  'seed',
  'shard',
  'verify',
]) {
  t.test(`${name} explains itself, and refuses unknown options in one line`, async t => {
    const [help, refused] = await Promise.all([run(name, '--help'), run(name, '--bogus')])
    t.match(help, { code: 0, says: new RegExp(`^npm run (-s )?${name} -- `) })
    t.equal(refused.code, 2)
    t.match(refused.says, /--bogus/)
    t.notMatch(refused.says, /\n +at /, 'no stack')
  })
}

t.test('a wrong value is refused with the name of its option', async t => {
  const wrong: [string, ...string[]][] = [
    ['verify', '--from', 'yesterday'],
    ['rebuild', '--to', '2026-02-31'],
    ['dataset', '--shape', 'recbole', '--out', 'x', '--split', 'soon'],
    ['report', 'top-images', '--since', 'soon'],
    ['report', 'top-images', '--since', '2026-02-31'],
    ['engine', '--port', '0'],
  ]
  await Promise.all(
    wrong.map(async words => {
      const { code, says } = await run(...words)
      t.equal(code, 2, words.join(' '))
      t.match(says.split('\n')[0], words.at(-2)?.slice(2) ?? '', words.join(' '))
    }),
  )
})

t.test('a command whose reader goes away ends quietly', async t => {
  // The reader is gone before the first line; the command's own exit code and messages are shown.
  const script = `{ "$0" "$1"; echo "code $?" >&2; } | true`
  await Promise.all(
    ['shard', 'verify', 'report'].map(async command => {
      const piped = startCommand(t, 'sh', ['-c', script, process.execPath, compiled(`scripts/${command}.ts`)], env)
      await piped.ended()
      t.equal(piped.output(), 'code 0\n', command)
    }),
  )
})

t.test('a report is written in the format that is asked for', async t => {
  const { code, says } = await run('report', 'trends', '--format', 'csv', '--bom')
  t.equal(code, 0)
  t.match(says, /^\uFEFFwhen,impressions/)
  t.equal(says.split('\n').length, 26)
  t.notMatch(says, /\r/)
  const folder = join(env.GLANCE_FOLDER ?? '', 'written')
  await mkdir(folder)
  const out = join(folder, 'trends.parquet')
  t.match(await run('report', 'trends', '--out', out), { code: 0, says: '' })
  t.equal((await readFile(out)).subarray(0, 4).toString(), 'PAR1')
  t.same(await readdir(folder), ['trends.parquet'])
  t.match(await run('report', 'trends', '--out', 'trends.doc'), {
    code: 2,
    says: /--out must end in .json, .html, .ndjson, .csv, .parquet/,
  })
  t.match(await run('report', 'trends', '--bom'), { code: 2, says: /--bom requires --format csv/ })
})

t.test(
  'own reports are commands like the built-in ones; what is printed does not contain the key of people',
  async t => {
    t.match(await run('report'), { code: 0, says: /^ {2}views-by-device +On which devices are images viewed\?$/m })
    t.match(await run('report', 'clicks-by-position', '--help'), {
      code: 0,
      says: /--listId +the list, as the app names it \(home\)/,
    })
    t.match(await run('report', 'views-by-device', '--format', 'csv'), { code: 0, says: /^device,views,people\n$/ })
    t.match(await run('report', 'best-rated', '--least', '0'), { code: 2, says: /--least must be >= 1/ })
    t.match(await run('report', 'views-by-device', '--print'), {
      code: 0,
      says: /"\$toHashedIndexKey": { "\$concat": \["a secret text", "\$person"\] }/,
    })
    t.match(
      await run('report', 'views-by-device', '--print'),
      { says: /"automated": { "\$exists": false }/ },
      'only what counts',
    )
  },
)

t.test('a report is explained, compared and watched', async t => {
  t.match(await run('report', 'views-by-device', '--explain'), {
    code: 0,
    says: /^views-by-device reads events: .*\ndocuments: 0, of about 0\n/,
  })
  const compared = await run('report', 'trends', '--compare', '2026-10-01..2026-10-08', '--format', 'json')
  t.match(JSON.parse(compared.says), { before: { from: '2026-10-01T00:00:00.000Z', to: '2026-10-08T00:00:00.000Z' } })
  t.match(await run('report', 'trends', '--compare', '2026-10-08..2026-10-01'), {
    code: 2,
    says: /--compare names a period that is not valid/,
  })
  t.match(await run('report', 'trends', '--watch', '--format', 'csv'), { code: 2, says: /--watch shows tables/ })
})

t.test('--watch shows a report again when its file has changed', async t => {
  const REPORTS_DIR = join(env.GLANCE_FOLDER ?? '', 'watched-reports')
  await mkdir(REPORTS_DIR)
  const writes = (pipeline: object[]) => {
    const columns = [{ name: 'type', kind: 'text', about: 'type' }]
    const report = { name: 'watched', question: 'Which?', collection: 'images', columns, pipeline }
    return writeFile(join(REPORTS_DIR, 'watched.json'), JSON.stringify(report))
  }
  await writes([])
  const watching = startScript(t, 'scripts/report.ts', { ...env, REPORTS_DIR }, { words: ['watched', '--watch'] })
  await watching.says(/as of now: nothing to report/)
  await writes([{ $out: 'images' }])
  await watching.says(/there is no report watched/)
})

t.test('--new writes a report that passes its test; a test that fails shows what it got', async t => {
  const REPORTS_DIR = join(env.GLANCE_FOLDER ?? '', 'new-reports')
  const report = async (...words: string[]) => {
    const command = startScript(t, 'scripts/report.ts', { ...env, REPORTS_DIR }, { words })
    return { code: await command.ended(), says: command.output() }
  }
  t.match(await report('--new', 'of-mine'), { code: 0, says: /of-mine.json\n.*of-mine.test.json\n/ })
  t.match(await report('--test'), { code: 0, says: /^ok {6}of-mine$/m })
  t.match(await report('--new', 'of-mine'), { code: 2, says: /EEXIST/ })
  t.match(await report('--new', '../x'), { code: 2, says: /--new ..\/x is not a name/ })
  t.match(await report('of-mine', '--format', 'csv'), { code: 0, says: /^imageId,title,views,people\n$/ })
  const path = join(REPORTS_DIR, 'of-mine.test.json')
  await writeFile(path, (await readFile(path, 'utf8')).replace('"views": 3', '"views": 4'))
  t.match(await report('--test'), {
    code: 1,
    says: /not ok {2}of-mine\n {2}expected\n.*"views":4.*\n {2}got\n.*"views":3/,
  })
  await writeFile(path, '{ "expect": 1 }')
  t.match(await report('--test'), { code: 1, says: /not ok {2}of-mine: .*must/ })
})
