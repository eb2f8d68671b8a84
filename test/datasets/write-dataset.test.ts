import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { DEFAULT_RULES, parseRules } from '../../src/datasets/rules.ts'
import { type DatasetOptions, writeDataset } from '../../src/datasets/write-dataset.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import type { Image } from '../../src/images/image.ts'
import { pseudonyms } from '../../src/lib/pseudonym.ts'
import { sqlOn } from '../helpers/duckdb.ts'
import { anEvent, DAY } from '../helpers/log.ts'

const FROM = Date.UTC(2026, 10, 1)
const pseudonym = pseudonyms('the secret of all datasets, long enough', 'datasets')
const [ann, bob] = [pseudonym('ann'), pseudonym('bob')]
const options: DatasetOptions = {
  shape: 'movielens',
  from: new Date(FROM),
  to: new Date(FROM + 10 * DAY),
  rules: DEFAULT_RULES,
  ids: 'text',
  license: 'unknown',
}

/** An event so many hours after the beginning. */
function at(hour: number, person: string, imageId: string, type: LoggedEvent['type'], more: Partial<LoggedEvent> = {}) {
  return anEvent(imageId, { at: new Date(FROM + hour * 3_600_000), person, type, ...more })
}

const events = [
  at(1, 'ann', 'lake', 'impression', { listId: 'home', position: 2 }),
  at(2, 'ann', 'lake', 'like'),
  at(1, 'ann', 'hill', 'like'),
  at(2, 'ann', 'hill', 'dislike'),
  at(3, 'ann', 'rock', 'like'),
  at(4, 'ann', 'rock', 'clear'),
  at(5, 'ann', 'tree', 'impression', { listId: 'home', position: 4 }),
  at(6, 'ann', 'tree', 'view'),
  at(6, 'ann', 'tree', 'dwell', { durationMs: 900 }),
  at(200, 'ann', 'tree', 'rating', { value: 2 }),
  at(5, 'bob', 'lake', 'impression', { position: 0 }),
  at(6, 'bob', 'tree', 'impression', { listId: 'home', position: 1 }),
  at(6, 'bob', 'tree', 'view'),
  at(7, 'bob', 'tree', 'click'),
  at(8, 'bob', 'hill', 'dwell', { durationMs: 10_000, listId: 'next\tdoor', position: 7 }),
  at(230, 'bob', 'hill', 'save'),
]

function anImage(_id: string, more: Partial<Image> = {}): Image {
  const uploadedAt = new Date(FROM)
  return { _id, title: `The ${_id}`, tags: [], visibility: 'public', uploadedAt, ...more } as Image
}
const images = [
  anImage('hill', { visibility: 'private', tags: ['secret'] }),
  anImage('lake', { title: '=1+1, "so"\tsaid', tags: ['deep water', 'blue'] }),
]

async function* some<Item>(items: Item[]): AsyncGenerator<Item[]> {
  for (let from = 0; from < items.length; from += 5) yield items.slice(from, from + 5)
}

const write = (folder: string, more: Partial<DatasetOptions> = {}, all = events) =>
  writeDataset(folder, { ...options, ...more }, { events: some(all), images: some(images), pseudonym })

const textIn = (folder: string, name: string) => readFile(join(folder, name), 'utf8')
/** Lines of people in the order of their pseudonyms. */
const inOrder = (ofAnn: string[], ofBob: string[]) => (ann < bob ? [...ofAnn, ...ofBob] : [...ofBob, ...ofAnn])
const seconds = (hour: number) => FROM / 1000 + hour * 3600

t.test(
  'MovieLens: the last feedback counts, seen and ignored images are negatives, no part contains later events',
  async t => {
    const folder = t.testdir()
    const manifest = await write(folder)
    const ratings = ['userId,movieId,rating,timestamp']
    t.same((await textIn(folder, 'ratings.train.csv')).trimEnd().split('\n'), [
      ...ratings,
      ...inOrder(
        [`${ann},hill,1.0,${seconds(2)}`, `${ann},lake,5.0,${seconds(2)}`, `${ann},tree,3.0,${seconds(5)}`],
        [`${bob},hill,4.0,${seconds(8)}`],
      ),
    ])
    t.same((await textIn(folder, 'ratings.test.csv')).trimEnd().split('\n'), [
      ...ratings,
      ...inOrder([`${ann},tree,2.0,${seconds(200)}`], [`${bob},hill,5.0,${seconds(230)}`]),
    ])
    const exposures = parse(await textIn(folder, 'exposures.train.csv'), { columns: true }) as Record<string, string>[]
    t.same(
      exposures.map(({ userId, movieId, listId, position }) => [userId, movieId, listId, position].join()),
      inOrder([`${ann},lake,home,2`, `${ann},tree,home,4`], [`${bob},hill,next\tdoor,7`]),
    )
    t.same(parse(await textIn(folder, 'movies.csv')), [
      ['movieId', 'title', 'genres'],
      ['hill', '', '(no genres listed)'],
      ['lake', '=1+1, "so"\tsaid', 'deep water|blue'],
      ['tree', '', '(no genres listed)'],
    ])
    t.same(manifest.counts, {
      items: 3,
      events: 16,
      people: 2,
      labels: { train: { '-1': 1, 0: 1, 0.5: 1, 1: 1 }, test: { '-0.5': 1, 1: 1 } },
    })
  },
)

t.test('RecBole: typed fields with tabs, in three parts', async t => {
  const folder = t.testdir()
  await write(folder, { shape: 'recbole' })
  t.same((await textIn(folder, 'glance.train.inter')).trimEnd().split('\n'), [
    'user_id:token\titem_id:token\trating:float\ttimestamp:float\tposition:float\tlist_id:token',
    ...inOrder(
      [
        `${ann}\thill\t-1\t${seconds(2)}\t\t`,
        `${ann}\tlake\t1\t${seconds(2)}\t2\thome`,
        `${ann}\ttree\t0\t${seconds(5)}\t4\thome`,
      ],
      [`${bob}\thill\t0.5\t${seconds(8)}\t7\tnext door`],
    ),
  ])
  t.match(await textIn(folder, 'glance.valid.inter'), `${ann}\ttree\t-0.5\t${seconds(200)}\t\t\n`)
  t.match(await textIn(folder, 'glance.test.inter'), `${bob}\thill\t1\t${seconds(230)}\t\t\n`)
  t.equal(
    await textIn(folder, 'glance.item'),
    'item_id:token\ttitle:token_seq\ttags:token_seq\tuploaded:float\n' +
      `hill\t\t\t${FROM / 1000}\nlake\t"=1+1, ""so"" said"\tdeep_water blue\t${FROM / 1000}\ntree\t\t\t\n`,
  )
})

t.test('Gorse: users, items and feedback as JSON lines', async t => {
  const folder = t.testdir()
  await write(folder, { shape: 'gorse' })
  const rows = async (name: string) =>
    (await textIn(folder, name))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  t.same(
    (await rows('feedback.train.jsonl')).filter(({ UserId }) => UserId === ann),
    [
      ['dislike', 'hill', -1, 2],
      ['like', 'lake', 1, 2],
      ['read', 'tree', 0, 5],
    ].map(([FeedbackType, ItemId, Value, hour]) => {
      const Timestamp = new Date(FROM + Number(hour) * 3_600_000).toISOString()
      return { FeedbackType, UserId: ann, ItemId, Value, Timestamp }
    }),
  )
  t.same(
    (await rows('users.jsonl')).map(({ UserId }) => UserId),
    [ann, bob].sort(),
  )
  t.match(await rows('items.jsonl'), [
    { ItemId: 'hill', IsHidden: true, Comment: '', Labels: { tags: [] } },
    { ItemId: 'lake', IsHidden: false, Labels: { tags: ['deep water', 'blue'] } },
  ])
})

t.test('Parquet: tables of interactions, items and people, and a card with the splits', async t => {
  const folder = t.testdir()
  await write(folder, { shape: 'parquet', license: 'cc-by-4.0' })
  const query = await sqlOn(t, folder)
  const interactions = await query(
    `SELECT * FROM 'interactions-train.parquet' WHERE person = '${ann}' ORDER BY imageId`,
  )
  t.match(interactions, [
    { imageId: 'hill', label: -1, by: 'dislike', at: new Date(FROM + 2 * 3_600_000) },
    { imageId: 'lake', label: 1, by: 'like', listId: 'home', position: 2 },
    { imageId: 'tree', label: 0, by: null, position: 4 },
  ])
  t.same(await query(`SELECT imageId, title, visibility FROM 'items.parquet'`), [
    { imageId: 'hill', title: '', visibility: 'private' },
    { imageId: 'lake', title: '=1+1, "so"\tsaid', visibility: 'public' },
    { imageId: 'tree', title: '', visibility: 'private' },
  ])
  t.same(await query(`SELECT count(*) AS people FROM 'people.parquet'`), [{ people: 2 }])
  const card = await textIn(folder, 'README.md')
  t.match(card, /^license: cc-by-4.0$/m)
  t.match(card, / {2}- split: validation\n {4}path: interactions-validation.parquet\n/)
  t.match(card, /^\| train \| 2026-11-01T00:00:00.000Z \| 2026-11-09T00:00:00.000Z \| 4 \|$/m)
  t.match(card, '2 people and 3 images, from 16 events')
})

t.test('integers stand for people and images, and a file tells for which', async t => {
  const folder = t.testdir()
  await write(folder, { ids: 'integer' })
  const rows = async (name: string) => parse(await textIn(folder, name), { columns: true }) as Record<string, string>[]
  const idsIn = async (name: string) => new Map((await rows(name)).map(({ number, id }) => [number, id]))
  const [people, titles] = [await idsIn('numbers.people.csv'), await idsIn('numbers.images.csv')]
  const ratings = await rows('ratings.train.csv')
  t.same(
    ratings.map(({ userId = '', movieId = '', rating }) => [people.get(userId), titles.get(movieId), rating]),
    inOrder([`${ann},hill,1.0`, `${ann},lake,5.0`, `${ann},tree,3.0`], [`${bob},hill,4.0`]).map(row => row.split(',')),
  )
  t.same(ratings[0]?.userId, '1')
  t.same([...titles.keys()].sort(), ['1', '2', '3'])
  t.same(
    (await rows('movies.csv')).map(({ movieId = '' }) => titles.get(movieId)),
    ['hill', 'lake', 'tree'],
  )
  await write(folder, { shape: 'parquet', ids: 'integer' })
  const query = await sqlOn(t, folder)
  const sql = `SELECT person, imageId FROM 'interactions-train.parquet' ORDER BY ALL LIMIT 1`
  t.same(await query(sql), [{ person: 1, imageId: 1 }])
})

t.test('the same input in any order yields the same bytes, whose hashes are in the manifest', async t => {
  for (const shape of ['movielens', 'recbole', 'gorse', 'parquet'] as const) {
    const [first, second] = [t.testdir({ one: {}, two: {} }), '']
    await write(join(first, 'one'), { shape })
    await write(join(first, 'two'), { shape }, [...events].reverse())
    await write(join(first, 'two'), { shape }, [...events].reverse())
    const names = (await readdir(join(first, 'one'))).sort()
    t.same((await readdir(join(first, 'two'))).sort(), names, second)
    for (const name of names)
      t.equal(await textIn(join(first, 'one'), name), await textIn(join(first, 'two'), name), name)
    const { files, parameters } = JSON.parse(await textIn(join(first, 'one'), 'manifest.json'))
    const described = shape === 'parquet' ? ['README.md', 'manifest.json'] : ['manifest.json']
    t.same([...files.map(({ name }: { name: string }) => name), ...described].sort(), names)
    t.equal(parameters.splits[0], '2026-11-09T00:00:00.000Z')
    for (const { name, sha256, bytes } of files) {
      const content = await readFile(join(first, 'one', name))
      const text = content.toString('latin1')
      t.equal(createHash('sha256').update(content).digest('hex'), sha256)
      t.equal(content.length, bytes)
      for (const person of ['"ann"', 'bob']) t.notOk(text.includes(person), 'it contains no ids of people')
    }
  }
})

t.test('an aborted run leaves the existing files and none of its own', async t => {
  const folder = t.testdir()
  await write(folder)
  const [before, names] = [await textIn(folder, 'manifest.json'), (await readdir(folder)).sort()]
  await writeFile(join(folder, 'mine.txt'), 'left alone')
  async function* broken() {
    yield events
    throw new Error('the database went away')
  }
  await t.rejects(writeDataset(folder, options, { events: broken(), images: some(images), pseudonym }), /went away/)
  t.equal(await textIn(folder, 'manifest.json'), before)
  t.same((await readdir(folder)).sort(), [...names, 'mine.txt'].sort())
})

t.test('rules: bounds apply, and invalid rules are refused', async t => {
  const folder = t.testdir()
  const rules = parseRules('{"labels": [{"on": "dwell", "atLeast": 500, "atMost": 1000, "label": 0.5}]}')
  await write(folder, { rules, splits: [new Date(FROM + DAY)] })
  t.equal((await textIn(folder, 'ratings.train.csv')).split('\n')[1], `${ann},tree,4.0,${seconds(6)}`)
  t.throws(() => parseRules('{"labels": []}'), /labels/)
  t.throws(() => parseRules('{"labels": [{"on": "clear", "label": 1}]}'), /clear undoes earlier feedback/)
  t.throws(() => parseRules('{"labels": [{"on": "like", "atLeast": 1, "label": 1}]}'), /like has no measure/)
  t.throws(() => parseRules('{"labels": [{"on": "like", "label": "value"}]}'), /requires the type rating/)
  t.throws(() => parseRules('{"labels": [{"on": "like", "label": 2}]}'), /labels\/0\/label/)
  await t.rejects(write(folder, { splits: [] }), /splits must be 1/)
  await t.rejects(write(folder, { splits: [options.to] }), /in the range/)
})
