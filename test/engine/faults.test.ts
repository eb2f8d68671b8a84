/**
 * Checks by plain SQL that DocumentDB still has the faults for which the gateway has workarounds. When an upgrade fixes one, this
 * test fails and the workaround can be removed.
 */
import mongoose from 'mongoose'
import pg from 'pg'
import t from 'tap'
import { aPostgres, noEmbedded } from '../helpers/database/embedded.ts'
import { until } from '../helpers/until.ts'

const { BSON } = mongoose.mongo
const decimal = (text: string) => BSON.Decimal128.fromString(text)

t.test('DocumentDB still has the faults, so the workarounds are still needed', { skip: noEmbedded }, async t => {
  const { server, client } = await aPostgres(t)

  const bytes = (document: object) => Buffer.from(BSON.serialize(document))
  async function aggregate(pipeline: object[], collection = 'f') {
    const spec = bytes({ aggregate: collection, pipeline, cursor: {} })
    const { rows } = await client.query(
      'SELECT cursorpage::text AS page FROM documentdb_api.aggregate_cursor_first_page($1, $2::bytea)',
      ['faults', spec],
    )
    return BSON.deserialize(Buffer.from(rows[0].page.replace('BSONHEX', ''), 'hex')).cursor.firstBatch
  }
  const documents = Array.from({ length: 60 }, (_, month) => ({
    _id: month,
    at: new Date(Date.UTC(2022, month, 1 + month / 3, month % 24)),
    text: 'A',
    array: [{}],
  }))
  await client.query('SELECT documentdb_api.insert($1, $2::bytea)', ['faults', bytes({ insert: 'f', documents })])

  const days = await aggregate([{ $project: { at: 1, d: { $dateTrunc: { date: '$at', unit: 'day' } } } }])
  const wrongDays = days.filter(({ at, d }: { at?: Date; d: Date }) => at && d.getTime() !== at.setUTCHours(0, 0, 0, 0))
  t.ok(wrongDays.length > 0, '$dateTrunc by day is wrong')
  const key = { kind: 1, grain: 1, at: 1 }
  await client.query('SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true)', [
    'faults',
    bytes({ createIndexes: 'g', indexes: [{ key, name: 'in order' }] }),
  ])
  const hours = Array.from({ length: 100 }, (_, _id) => ({ _id, kind: 'a', grain: 'b', at: new Date(_id * 3_600_000) }))
  await client.query('SELECT documentdb_api.insert($1, $2::bytea)', [
    'faults',
    bytes({ insert: 'g', documents: hours }),
  ])
  const match = { kind: 'a', grain: 'b', at: { $gte: new Date(0), $lt: new Date(9e12) } }
  const groups = await aggregate([{ $match: match }, { $group: { _id: { $hour: '$at' } } }], 'g')
  t.ok(groups.length > 24, '$group by an operator on an indexed field returns the same group several times')
  const other = new pg.Client(server.address)
  await other.connect()
  await other.query('BEGIN')
  await other.query('SELECT documentdb_api.insert($1, $2::bytea)', [
    'faults',
    bytes({ insert: 'f', documents: [{ _id: 'x' }] }),
  ])
  const upsert = client.query('SELECT documentdb_api.find_and_modify($1, $2::bytea, NULL)', [
    'faults',
    bytes({ findAndModify: 'f', query: { _id: 'x' }, update: [{ $set: { at: '$$NOW' } }], upsert: true }),
  ])
  const upsertFails = t.rejects(
    upsert,
    { message: /\$\$NOW operator/ },
    'an upsert that waits for another transaction loses the value of $$NOW',
  )
  await until(
    'the upsert waits for a lock',
    async () => (await other.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rows.length > 0,
  )
  await other.query('COMMIT')
  await upsertFails
  await other.end()
  t.same(
    await aggregate([{ $match: { n: 99 } }, { $count: 'n' }]),
    [{ n: 0 }],
    '$count of no documents returns a count of 0',
  )
  t.same(
    await aggregate([{ $match: { _id: 0 } }, { $group: { _id: { missing: '$missing' } } }]),
    [{ _id: { missing: null } }],
    '$group takes null for a missing field of its key',
  )
  const found = async (query: object) => (await aggregate([{ $match: query }, { $project: { _id: 1 } }])).length > 0
  t.ok(await found({ _id: { $gt: Number.NaN } }), '$gt takes NaN in _id for the least value')
  t.notOk(await found({ missing: { $gt: new BSON.MinKey() } }), '$gt of MinKey does not find missing fields')
  t.ok(await found({ array: { $size: true } }), '$size takes a boolean')
  t.notOk(await found({ missing: { $type: 0 } }), '$type takes 0')
  const digits = await aggregate([{ $match: { _id: 0 } }, { $project: { _id: 0, text: { $toString: 1234567.5 } } }])
  t.same(digits, [{ text: '1.23457E+06' }], '$toString returns six digits of a double')
  const timezone = 'America/New_York'
  const faults: [fault: string, expression: object, result: unknown][] = [
    [
      '$dateAdd is an hour off on the day on which the offset of the time zone changes',
      { $dateAdd: { startDate: new Date('2029-11-03T04:00:00Z'), unit: 'day', amount: 1, timezone } },
      new Date('2029-11-04T05:00:00Z'),
    ],
    [
      '$let evaluates a variable at each use',
      { $let: { vars: { random: { $rand: {} } }, in: { $eq: ['$$random', '$$random'] } } },
      false,
    ],
    ['$setUnion does not sort the elements', { $setUnion: [[1, 2, 3], []] }, [2, 1, 3]],
    ['$reduce from null returns null', { $reduce: { input: [1], initialValue: null, in: '$$this' } }, null],
    ['$maxN takes null for an array', { $maxN: { input: '$missing', n: 1 } }, null],
    ['$mod of a long operand is rounded', { $mod: [BSON.Long.MAX_VALUE, 7] }, 1],
    ['$log takes an invalid base for NaN', { $log: [Number.NaN, 1] }, Number.NaN],
    ['$round takes a string if the place is null', { $round: ['$text', null] }, null],
    [
      '$radiansToDegrees has the digits of a double',
      { $gt: [{ $radiansToDegrees: decimal('1') }, decimal('57.295779513083')] },
      false,
    ],
    ['$avg of decimals is a double', { $type: { $avg: [decimal('1'), decimal('2')] } }, 'double'],
    ['$trim keeps no-break spaces', { $trim: { input: '\u00a0' } }, '\u00a0'],
    ['$substr of a double has an upper-case exponent', { $substrBytes: [1e6 + 0.5, 0, -1] }, '1E+06'],
    ['$toUpper of NaN is not in upper case', { $toUpper: Number.NaN }, 'NaN'],
    [
      '$dateToString appends Z in every time zone',
      { $dateToString: { date: new Date(0), timezone } },
      '1969-12-31T19:00:00.000Z',
    ],
    ['$dateToString takes a path for the format', { $dateToString: { date: new Date(0), format: '$text' } }, '$text'],
  ]
  for (const [fault, expression, result] of faults) {
    const [found] = await aggregate([{ $match: { _id: 0 } }, { $project: { _id: 0, result: expression } }])
    t.same(found, { result }, fault)
  }
  const refusals: [fault: string, expression: object][] = [
    ['$dateToString refuses the names of months', { $dateToString: { date: new Date(0), format: '%b' } }],
    ['$mergeObjects refuses a single array', { $mergeObjects: '$array' }],
    ['$pow refuses a result that exceeds the range of doubles', { $pow: [10, 1000] }],
    ['$log refuses a base below 1', { $log: [2, 0.5] }],
    ['$stdDevPop is no expression', { $stdDevPop: [1, 2] }],
  ]
  for (const [fault, expression] of refusals) {
    await t.rejects(aggregate([{ $match: { _id: 0 } }, { $project: { result: expression } }]), fault)
  }
  const regex = [{ $project: { m: { $regexMatch: { input: { $toLower: '$text' }, regex: 'a' } } } }]
  await t.rejects(aggregate(regex), { code: 'M009J' }, '$regexMatch refuses an operator expression as its input')
})
