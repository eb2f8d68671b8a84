import { execFile } from 'node:child_process'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { PAGES, pathOf } from '../scripts/docs/pages.ts'
import { noise } from './helpers/pictures.ts'
import { openWorld } from './helpers/world.ts'

const ROOT = new URL('../', import.meta.url)

function read(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), 'utf8')
}

/** Runs the commands of a tour against a service of its own. @returns their output */
async function outputOfTour(t: Test, page: string): Promise<string> {
  const world = await openWorld(t)
  const folder = await mkdtemp(join(tmpdir(), 'glance-tour-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'photo.jpg'), await noise(300, 200))
  const [, tour = ''] = /<!-- tour -->\n```sh\n([\s\S]*?)```/.exec(await read(page)) ?? []
  const script = `set -e -o pipefail\n${tour.replaceAll('http://127.0.0.1:3000', world.url)}`
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder })
  return stdout
}

t.test('the tour of the README works as it is written', async t => {
  const output = await outputOfTour(t, 'README.md')
  t.match(output, /"accepted":2,"rejectedCount":0/)
  t.match(output, /"view":1,.*"dwell":1,/)
  t.match(output, /"people":\{"value":\d,"exact":true,"error":0\}/)
})

t.test('the long tour works as it is written', async t => {
  const output = await outputOfTour(t, 'docs/tour.md')
  t.match(output, /"visibility":"private".*"file":"[^"]*signature=/)
  t.match(output, /"accepted":2,"rejectedCount":0/)
  t.match(output, /"accepted":500,"rejectedCount":0/)
  t.match(output, /"reaction":"like","rating":5,"saved":true,"tags":\["lake"\]/)
  t.match(output, /"text":"What a morning that was"/)
  t.match(output, /"like":1,.*"rating":1,.*"save":1,.*"comment":1/, 'each is counted once')
  t.match(output, /"current":\{"likes":1,.*"tags":\[\{"tag":"lake","count":1\}\]/)
  t.match(output, /"countries":\[\{"country":"other"/)
  t.match(output, /"series":\[\{"start"/)
  t.match(output, /"people":\{"value":\d,"exact":true,"error":0\}/)
  t.ok((await read('docs/tour.md')).includes('cmp - photo.jpg'), 'the bytes are compared')
})

t.test('generated pages agree with the code', async t => {
  for (const [name, page] of Object.entries(PAGES)) t.equal(await readFile(pathOf(name), 'utf8'), await page(), name)
})

t.test('the README has at most 150 lines', async t => {
  t.ok((await read('README.md')).split('\n').length <= 150)
})

t.test('links between pages lead to files', async t => {
  const pages = (await readdir(new URL('docs', ROOT))).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)
  for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages]) {
    for (const [, link = ''] of (await read(page)).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      await t.resolves(access(fileURLToPath(new URL(link, new URL(page, ROOT)))), `${page}: ${link}`)
    }
  }
})

t.test('every script of package.json that a page names exists', async t => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/operations.md', 'docs/analysts.md', 'docs/README.md']) {
    for (const [, name = ''] of (await read(page)).matchAll(/npm run (?:-s )?([a-z:]+)/g)) t.ok(scripts[name], name)
  }
})
