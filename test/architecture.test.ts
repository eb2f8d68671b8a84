import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SRC = fileURLToPath(new URL('../src', import.meta.url))
/** From the roof to the cellar: who stands here may import what stands further down. */
const HOUSE = [
  'main',
  'start-message',
  'app',
  'dashboard',
  'system',
  'privacy',
  'archive',
  'reports',
  'datasets',
  'exports',
  'live',
  'stats',
  'rollups',
  'comments',
  'feedback',
  'events',
  'images',
  'accounts',
  'http',
  'database',
  'config',
  'version',
  'errors',
  'problem-catalogue',
  'lib',
]
/** These stand apart: they import nothing of the rest but what knows nothing of the domain. */
const APART = ['engine', 'tracker', 'client']

interface Import {
  from: string
  to: string
}

async function importsOf(): Promise<Import[]> {
  const files = (await readdir(SRC, { recursive: true })).filter(name => /\.(tsx?|js)$/.test(name))
  const found = await Promise.all(
    files.map(async from => {
      const text = await readFile(join(SRC, from), 'utf8')
      const paths = [...text.matchAll(/(?:from\s+|import\(\s*)'(\.[^']+)'/g)].map(([, path = '']) => path)
      return paths.map(path => ({ from, to: relative(SRC, join(SRC, dirname(from), path)) }))
    }),
  )
  return found.flat()
}

const roomOf = (file: string) => file.split('/')[0]?.replace(/\.tsx?$/, '') ?? ''

/** The imports that go upwards, or to a room that is not known. */
function wrongWay(imports: Import[]): Import[] {
  return imports.filter(({ from, to }) => {
    const [here, there] = [roomOf(from), roomOf(to)]
    if (here === there) return false
    if (APART.includes(here)) return there !== 'lib'
    if (APART.includes(there)) return !['main', 'start-message'].includes(here)
    return HOUSE.indexOf(here) < 0 || HOUSE.indexOf(there) <= HOUSE.indexOf(here)
  })
}

/** A way from a file back to itself, if there is one. */
function circle(imports: Import[]): string[] | undefined {
  const next = new Map<string, string[]>()
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const walk = (file: string, way: string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    done.add(file)
    for (const to of next.get(file) ?? []) {
      const found = walk(to, [...way, file])
      if (found) return found
    }
    return undefined
  }
  for (const file of next.keys()) {
    const found = walk(file, [])
    if (found) return found
  }
  return undefined
}

t.test('every import goes downwards', async t => {
  const imports = await importsOf()
  t.ok(imports.length > 100, 'the imports are read')
  t.same(wrongWay(imports), [])
})

t.test('an import that goes upwards is found', async t => {
  const wrong = { from: 'http/server.ts', to: 'events/log.ts' }
  t.same(
    wrongWay([wrong, { from: 'engine/engine.ts', to: 'config.ts' }, { from: 'stats/read-stats.ts', to: 'errors.ts' }])
      .length,
    2,
  )
})

t.test('there are no circular imports', async t => {
  t.equal(circle(await importsOf()), undefined)
  t.same(
    circle([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ]),
    ['a', 'b', 'a'],
  )
})

t.test('only main reads the environment, and only the engine searches PATH', async t => {
  const files = (await readdir(SRC, { recursive: true })).filter(name => name.endsWith('.ts'))
  const readers = []
  for (const file of files) if (/process\.env/.test(await readFile(join(SRC, file), 'utf8'))) readers.push(file)
  t.same(readers.sort(), ['engine/choose-engine.ts', 'main.ts'])
})

t.test(
  'the service imports no development packages, except the engine and the dashboard, which is compiled',
  async t => {
    const { dependencies } = JSON.parse(await readFile(join(SRC, '../package.json'), 'utf8'))
    const files = (await readdir(SRC, { recursive: true })).filter(name => /\.(tsx?|js)$/.test(name))
    const missing: string[] = []
    for (const file of files.filter(name => !['engine', 'dashboard'].includes(roomOf(name)))) {
      const text = await readFile(join(SRC, file), 'utf8')
      const names = [...text.matchAll(/(?:from\s+|import\(\s*)'((?:@[^/']+\/)?[^./'][^/':]*)(?:\/[^']*)?'/g)].map(
        ([, name = '']) => name,
      )
      missing.push(...names.filter(name => !(name in dependencies)).map(name => `${file} ${name}`))
    }
    t.same(missing, [])
  },
)
