/**
 * `npm run dataset -- --shape movielens|recbole|gorse --out DIR [--from 2026-11-01 --to 2026-11-24] [--split 2026-11-20]...
 * [--rules rules.json]`: what people made of images, as training data. The last 30 whole days, unless told; rules are as
 * DEFAULT_RULES in src/datasets/rules.ts. Ends with the manifest on stdout.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { DEFAULT_RULES, parseRules } from '../src/datasets/rules.ts'
import { type DatasetOptions, SHAPES, type ShapeName, writeDataset } from '../src/datasets/write-dataset.ts'
import { scanLog } from '../src/events/log/scan.ts'
import { imagesOf } from '../src/exports/image-table.ts'
import { pseudonyms } from '../src/lib/pseudonym.ts'
import { completeSince } from '../src/rollups/retention-horizons.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { timeOf } from './lib/range.ts'

const DAY = 86_400_000
const text = { type: 'string' } as const

await withDatabase(async (database, config) => {
  const { out, ...options } = await asked()
  const log = await openLogOf(database, config)
  const kept = await completeSince(database.db, 'log')
  if (options.from < kept) throw new Error(`events are kept since ${kept.toISOString()}`)
  const manifest = await writeDataset(out, options, {
    events: scanLog(log, options),
    images: imagesOf(database.db, { from: new Date(0), to: options.to }),
    pseudonym: pseudonyms(config.dataSecret, 'datasets'),
  })
  process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
})

/** @throws Error where the command line does not say what is wanted */
async function asked(): Promise<DatasetOptions & { out: string }> {
  const { values } = parseArgs({
    options: { shape: text, out: text, from: text, to: text, rules: text, split: { ...text, multiple: true } },
  })
  if (!isShape(values.shape)) throw new Error(`--shape must be one of ${Object.keys(SHAPES).join(', ')}`)
  if (values.out === undefined) throw new Error('--out must name a folder')
  const today = new Date(Math.floor(Date.now() / DAY) * DAY)
  const to = timeOf('--to', values.to) ?? today
  const from = timeOf('--from', values.from) ?? new Date(to.getTime() - 30 * DAY)
  const splits = values.split?.map(split => timeOf('--split', split) ?? to)
  const rules = values.rules === undefined ? DEFAULT_RULES : parseRules(await readFile(values.rules, 'utf8'))
  return { shape: values.shape, out: values.out, from, to, rules, ...(splits ? { splits } : {}) }
}

function isShape(name: string | undefined): name is ShapeName {
  return name !== undefined && Object.hasOwn(SHAPES, name)
}
