import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { noise } from './helpers/pictures.ts'
import { openWorld } from './helpers/world.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

t.test('the tour goes as it is written', async t => {
  const world = await openWorld(t)
  const folder = await mkdtemp(join(tmpdir(), 'glance-tour-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'photo.jpg'), await noise(300, 200))
  const [, tour = ''] = /<!-- tour -->\n```sh\n([\s\S]*?)```/.exec(readme) ?? []
  const script = `set -e -o pipefail\n${tour.replaceAll('http://127.0.0.1:3000', world.url)}`
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder })
  t.match(stdout, /"accepted":2,"rejectedCount":0/)
  t.match(stdout, /"accepted":500,"rejectedCount":0/)
  t.match(stdout, /"reaction":"like","rating":5,"saved":true,"tags":\["lake"\]/)
  t.match(stdout, /"text":"What a morning that was"/)
  t.match(stdout, /"like":1,.*"rating":1,.*"save":1,.*"comment":1/, 'each is counted once')
  t.match(stdout, /"current":\{"likes":1,.*"tags":\[\{"tag":"lake","count":1\}\]/)
  t.match(stdout, /"countries":\[\{"country":"CH"/)
  t.match(stdout, /"series":\[\{"start"/)
  t.match(stdout, /"people":\{"value":\d,"exact":true,"error":0\}/)
  t.ok(tour.includes('cmp - photo.jpg'), 'the bytes are compared')
})

t.test('the table of the configuration names every variable', async t => {
  const config = await readFile(new URL('../src/config/environment.ts', import.meta.url), 'utf8')
  const [, schema = ''] = /const Environment = Type\.Object\(\{([\s\S]*?)\n\}\)/.exec(config) ?? []
  const variables = [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name)
  t.ok(variables.length > 20)
  for (const name of variables) t.ok(readme.includes(`\`${name}\``), name)
})
