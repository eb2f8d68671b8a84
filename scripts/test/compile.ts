import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { isShared, sharedProcesses, type TestProcess } from './processes.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Packages that are not compiled: they have native code, files or threads of their own, and tap has a state that its runner shares. All
 * others become a part of the compiled files: hundreds of modules take twice as long to load.
 */
const UNCOMPILED_PACKAGES =
  /^(tap|sharp|@duckdb\/node-api|piscina|pino|pino-pretty|esbuild|typescript|vite|playwright-core|@fastify\/swagger-ui|mongodb-memory-server)(\/|$)/

/** Compiled packages that are CommonJS modules call `require` for the modules of Node. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

/** What opens pages in tests. */
const BROWSER = 'test/helpers/browser.ts'

/** What tests start in processes of their own, besides the scripts. */
const PROGRAMS = ['src/main.ts', 'test/helpers/privacy/dying-eraser.ts', 'test/helpers/keep-folder.ts']

/**
 * Compiles tests, and the programs that tests start, into a folder: node starts them in a third of the time that it needs for the
 * sources. Programs are where they are in the checkout: `src/main.ts` becomes `src/main.js`.
 * @returns whether any test opens pages of a browser
 */
export async function compileInto(folder: string, processes: TestProcess[]): Promise<{ opensPages: boolean }> {
  const scripts = (await readdir(join(ROOT, 'scripts'))).filter(name => name.endsWith('.ts'))
  const programs = [...PROGRAMS, ...scripts.map(name => `scripts/${name}`)]
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      ...processes.map(({ path, tests: [first = path] }) => ({
        in: isShared(path) ? path : first,
        out: withoutEnding(path),
      })),
      ...programs.map(path => ({ in: path, out: withoutEnding(path) })),
    ],
    outdir: folder,
    outbase: ROOT,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    banner: { js: REQUIRE },
    plugins: [sharedProcesses(processes), placesOfSources, packagesApart],
    logLevel: 'warning',
  })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const { tap } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', tap }))
  return { opensPages: BROWSER in metafile.inputs }
}

function withoutEnding(path: string): string {
  return path.replace(/\.[jt]s$/, '')
}

/** Compiled code finds files beside its source, not beside itself. */
const placesOfSources: Plugin = {
  name: 'places of sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return { loader: 'ts', contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) }
    })
  },
}

const packagesApart: Plugin = {
  name: 'packages apart',
  setup({ onResolve }) {
    onResolve({ filter: UNCOMPILED_PACKAGES }, ({ path }) => ({ path, external: true }))
  },
}
