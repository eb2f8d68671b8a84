import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import t from 'tap'
import { parquet } from '../../src/exports/parquet.ts'
import { columnsOf, type Row } from '../../src/exports/table.ts'

const columns = columnsOf({ id: 'STRING', at: 'TIMESTAMP', tags: 'TEXTS', context: 'JSON', bytes: 'INT64' })
const at = new Date(Date.UTC(2026, 10, 1, 6, 0, 0, 123))
const rows: Row[] = [
  { id: 'full', at, tags: ['sea', 'a "quoted" one', ''], context: { a: [1] }, bytes: 2 ** 40 },
  { id: 'empty', at, tags: [] },
  { id: 'none' },
]

async function fileOf(...batches: Row[][]): Promise<ArrayBuffer> {
  async function* source() {
    yield* batches
  }
  const parts: Uint8Array[] = []
  for await (const part of parquet(source(), columns)) parts.push(part)
  return new Uint8Array(Buffer.concat(parts)).buffer
}

t.test('times are in UTC, tags are lists of texts', async t => {
  const { schema } = parquetMetadata(await fileOf(rows))
  const element = (name: string) => schema.find(found => found.name === name)
  t.match(element('at'), {
    type: 'INT64',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  })
  const place = schema.findIndex(({ name }) => name === 'tags')
  t.match(schema.slice(place, place + 3), [
    { name: 'tags', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'BYTE_ARRAY', logical_type: { type: 'STRING' } },
  ])
})

t.test('the rows of several groups are read back', async t => {
  const many = Array.from({ length: 5_000 }, (_, i) => ({ id: `${i}`, at, tags: [`tag ${i}`] }))
  const read = await parquetReadObjects({ file: await fileOf(rows, many.slice(0, 2_500), many.slice(2_500)) })
  t.equal(read.length, 5_003)
  t.match(read[0], { id: 'full', at, tags: ['sea', 'a "quoted" one', ''], context: { a: [1] }, bytes: 2n ** 40n })
  t.match(read[1], { id: 'empty', tags: [] })
  t.match(read[2], { id: 'none', at: null, tags: null })
  t.same(read.at(-1)?.tags, ['tag 4999'])
})

t.test('a file without rows has the same schema', async t => {
  const { schema, num_rows } = parquetMetadata(await fileOf())
  t.equal(num_rows, 0n)
  t.same(schema, parquetMetadata(await fileOf(rows)).schema)
})
