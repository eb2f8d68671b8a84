import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { DEFAULT_RULES, parseRules } from '../../src/datasets/rules.ts'
import { type DatasetOptions, writeDataset } from '../../src/datasets/write-dataset.ts'
import type { Image } from '../../src/images/image.ts'
import { anEvent, DAY } from '../helpers/log.ts'

const FROM = new Date(Date.UTC(2026, 10, 1))
const TO = new Date(FROM.getTime() + 10 * DAY)
const TITLES = [
  'plain',
  '"Quoted" at the beginning',
  '"Never closed',
  'at the end"',
  'in "the" middle',
  '"',
  '""',
  'tab\tand\nline\r\nends\rof all kinds',
  'lone\rreturn',
  '  spaces around  ',
  'separators\u2028of\u2029Unicode\u0085and\u001cothers\u00a0here\ufeff',
  'NA',
  'nan',
  'None',
  '',
  ' ',
  'a, comma; a | bar',
  '=1+1',
  "it's",
  '\\"escaped\\',
]
const images = TITLES.map((title, i) => {
  return { _id: `image${i}`, title, tags: [title], visibility: 'public', uploadedAt: FROM } as Image
})
const events = TITLES.map((listId, i) => {
  const at = new Date(FROM.getTime() + 1000 * (i + 1))
  return anEvent(`image${i}`, { at, person: 'ann', type: 'like', ...(listId ? { listId } : {}), position: i })
})

async function* once<Item>(items: Item[]): AsyncGenerator<Item[]> {
  yield items
}

async function write(folder: string, shape: DatasetOptions['shape'], input = { events, images }) {
  const options = { shape, from: FROM, to: TO, rules: DEFAULT_RULES, ids: 'text' as const, license: 'unknown' }
  const pseudonym = (person: string) => person
  await writeDataset(folder, options, { events: once(input.events), images: once(input.images), pseudonym })
  return (name: string) => readFile(join(folder, name), 'utf8')
}

/** Reads a file as pandas.read_csv(delimiter='\t', dtype=str) does; missing values are empty. */
function asPandas(text: string): Record<string, string>[] {
  const missing = ['NA', 'nan', 'None', 'NaN', 'null', 'NULL', 'N/A', 'n/a', '<NA>']
  const cast = (value: string) => (missing.includes(value) ? '' : value)
  return parse(text, { delimiter: '\t', columns: true, record_delimiter: ['\n', '\r\n', '\r'], cast })
}

const words = (text: string) => text.split(/[\s\p{Cc}]+/u).filter(Boolean)

t.test('RecBole: every item and interaction is read, with the words of its texts', async t => {
  const read = await write(t.testdir(), 'recbole')
  const items = asPandas(await read('glance.item'))
  t.same(
    items.map(item => words(item['title:token_seq'] ?? '')),
    TITLES.map(words),
  )
  t.same(
    items.map(item => item['tags:token_seq']?.trim()),
    TITLES.map(title => words(title).join('_')),
  )
  const interactions = asPandas(await read('glance.train.inter'))
  const lists = new Map(interactions.map(row => [row['item_id:token'], row['list_id:token']?.trim()]))
  t.same(
    TITLES.map((_, i) => lists.get(`image${i}`)),
    TITLES.map(title => words(title).join(' ')),
  )
})

t.test('MovieLens: every text is read back unchanged', async t => {
  const read = await write(t.testdir(), 'movielens')
  const record_delimiter = ['\n', '\r\n', '\r']
  const movies = parse<{ title: string }>(await read('movies.csv'), { columns: true, record_delimiter })
  t.same(
    movies.map(({ title }) => title),
    TITLES,
  )
  t.equal(parse(await read('ratings.train.csv'), { columns: true }).length, TITLES.length)
})

t.test('Gorse: every text is read back unchanged', async t => {
  const read = await write(t.testdir(), 'gorse')
  const lines = (await read('items.jsonl')).trimEnd().split('\n')
  t.same(
    lines.map(line => JSON.parse(line).Comment),
    TITLES,
  )
})

t.test('every image of the interactions is an item, also a deleted one and one uploaded after the range', async t => {
  const there = { title: 'x', tags: ['y'], visibility: 'public' } as Image
  const input = {
    events: ['early', 'late', 'gone'].map(id =>
      anEvent(id, { at: new Date(FROM.getTime() + 1), person: 'ann', type: 'like' }),
    ),
    images: [
      { ...there, _id: 'early', uploadedAt: FROM },
      { ...there, _id: 'late', uploadedAt: new Date(TO.getTime() + 1) },
      { ...there, _id: 'later', uploadedAt: new Date(TO.getTime() + 1) },
      { ...there, _id: 'quiet', uploadedAt: FROM },
    ],
  }
  const movielens = parse(await (await write(t.testdir(), 'movielens', input))('movies.csv'), { columns: true })
  t.same(movielens, [
    ...['early', 'late', 'quiet'].map(movieId => ({ movieId, title: 'x', genres: 'y' })),
    { movieId: 'gone', title: '', genres: '(no genres listed)' },
  ])
  const recbole = asPandas(await (await write(t.testdir(), 'recbole', input))('glance.item'))
  t.match(recbole[3], { 'item_id:token': 'gone', 'uploaded:float': '' })
  const gorse = (await (await write(t.testdir(), 'gorse', input))('items.jsonl')).trimEnd().split('\n')
  t.same(JSON.parse(gorse[3] ?? ''), {
    ItemId: 'gone',
    IsHidden: true,
    Categories: [],
    Labels: { tags: [] },
    Comment: '',
  })
})

t.test('comments, which are public, are not available to rules', async t => {
  t.throws(() => parseRules('{"labels": [{"on": "comment", "label": 1}]}'), /comments are public/)
})
