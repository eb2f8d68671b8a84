import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLIENT_SOURCES, DIST, filesBelow, fingerprintOf, ROOT, readText, requireWritable } from './sources.js'

const CLIENT = join(DIST, 'client')
const RECORD = join(CLIENT, '.sources')

/** Compiles the client to dist/client, unless it was compiled from the same sources: one module for browsers and Node, and its types. */
export async function buildClient() {
  const tools = ['package-lock.json', 'tsconfig.json', 'scripts/start/build-client.js'].map(name => join(ROOT, name))
  const fingerprint = fingerprintOf([...filesBelow(CLIENT_SOURCES), ...tools])
  if (readText(RECORD) === fingerprint) return
  requireWritable('the client')
  process.stdout.write('compiling the client\n')
  // The record goes first: a compilation that is killed leaves none.
  rmSync(RECORD, { force: true })
  rmSync(CLIENT, { recursive: true, force: true })
  await compile()
  await declare()
  writeFileSync(RECORD, fingerprint)
}

/** Writes the module, which contains all that it imports. Ends the process when there are errors. */
async function compile() {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/client/index.ts'],
    outdir: CLIENT,
    bundle: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    logLevel: 'warning',
  }).catch(() => {
    // esbuild has printed the errors.
    process.exit(1)
  })
}

/** Writes the declarations of the types. */
async function declare() {
  const { default: ts } = await import('typescript')
  const config = ts.readConfigFile(join(CLIENT_SOURCES, 'tsconfig.json'), ts.sys.readFile)
  const { fileNames, options } = ts.parseJsonConfigFileContent(config.config, ts.sys, CLIENT_SOURCES)
  const emit = { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: CLIENT }
  const { diagnostics } = ts.createProgram(fileNames, { ...options, ...emit }).emit()
  if (diagnostics.length === 0) return
  process.stderr.write(ts.formatDiagnostics(diagnostics, ts.createCompilerHost(options)))
  process.exit(1)
}
