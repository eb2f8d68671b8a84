/**
 * `npm run dataset -- --shape movielens|recbole|gorse|parquet --out DIR [--from 2026-11-01 --to 2026-11-24] [--split 2026-11-20]...
 * [--rules rules.json]`: writes how people interacted with images as training data for recommenders. The default range is the last
 * 30 whole days; the rules have the form of DEFAULT_RULES in src/datasets/rules.ts. Prints the manifest.
 */
import { readFile } from 'node:fs/promises'
import { DEFAULT_RULES, parseRules } from '../src/datasets/rules.ts'
import { ID_KINDS } from '../src/datasets/shape.ts'
import { type DatasetOptions, SHAPE_NAMES, writeDataset } from '../src/datasets/write-dataset.ts'
import { scanLog } from '../src/events/log/scan.ts'
import { imagesOf } from '../src/exports/image-table.ts'
import { pseudonyms } from '../src/lib/pseudonym.ts'
import { completeSince } from '../src/rollups/retention-horizons.ts'
import { print, readCommand, refuseWords } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { readTime } from './lib/range.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
const END_OF_TIME = new Date(8.64e15)
const LICENSE = /^[a-z0-9][a-z0-9.-]{0,49}$/
const text = { type: 'string' } as const

const HELP = `npm run dataset -- --shape ${SHAPE_NAMES.join('|')} --out FOLDER [--from 2026-11-01] [--to 2026-11-24]
  [--split 2026-11-20]... [--rules rules.json] [--ids ${ID_KINDS.join('|')}] [--license cc-by-4.0]

Writes how people interacted with images as training data for recommenders. The default range is the last 30 whole days. docs/analysts.md
describes the rules.`

interface Wanted extends Omit<DatasetOptions, 'rules'> {
  out: string
  rulesFile: string | undefined
}

const OPTIONS = {
  shape: text,
  out: text,
  from: text,
  to: text,
  rules: text,
  split: { ...text, multiple: true },
  ids: text,
  license: text,
} as const

const wanted = readCommand(HELP, OPTIONS, (values, words): Wanted => {
  refuseWords(words)
  const shape = SHAPE_NAMES.find(name => name === values.shape)
  if (!shape) throw new Error(`--shape must be one of ${SHAPE_NAMES.join(', ')}`)
  const ids = ID_KINDS.find(kind => kind === (values.ids ?? 'text'))
  if (!ids) throw new Error(`--ids must be one of ${ID_KINDS.join(', ')}`)
  const { license = 'unknown' } = values
  if (!LICENSE.test(license)) throw new Error('--license must be an id such as cc-by-4.0')
  if (values.out === undefined) throw new Error('--out must name the output folder')
  const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS)
  const to = readTime('--to', values.to) ?? today
  const from = readTime('--from', values.from) ?? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS)
  const splits = values.split?.map(split => readTime('--split', split) ?? to)
  return { shape, out: values.out, from, to, ids, license, rulesFile: values.rules, ...(splits ? { splits } : {}) }
})

await withDatabase(async (database, config) => {
  const { out, rulesFile, ...asked } = wanted
  const rules = rulesFile === undefined ? DEFAULT_RULES : parseRules(await readFile(rulesFile, 'utf8'))
  const options = { ...asked, rules }
  const log = await openLogOf(database, config)
  const availableSince = await completeSince(database.db, 'log')
  if (options.from < availableSince)
    throw new Error(`events before ${availableSince.toISOString()} may have expired: choose a later --from`)
  const manifest = await writeDataset(out, options, {
    events: scanLog(log, options),
    images: imagesOf(database.db, { from: new Date(0), to: END_OF_TIME }),
    pseudonym: pseudonyms(config.dataSecret, 'datasets'),
  })
  await print(`${JSON.stringify(manifest, null, 2)}\n`)
})
