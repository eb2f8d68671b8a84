/** Checks operators of expressions that the gateway of the embedded engine rewrites, by kind, against MongoDB's results. */
import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'

const { db } = await ownDatabase(t)
const { Decimal128, Double, EJSON, Long, ObjectId } = mongoose.mongo.BSON
const date = (text: string) => new Date(text)
const values = db.collection('values', { promoteValues: false })
await values.insertOne({
  at: date('2024-02-29T12:30:00Z'),
  nothing: null,
  text: 'x',
  unit: 'quarter',
  two: 2,
  zone: 'Europe/Zurich',
  big: Long.MAX_VALUE,
  half: new Double(0.5),
  fraction: new Double(-2.5),
  nan: new Double(Number.NaN),
  infinity: new Double(Number.POSITIVE_INFINITY),
  million: new Double(1e6),
  decimal: Decimal128.fromString('1.50'),
  numbers: [2, 1, 3],
  mixed: ['x', [1], null, 1],
  texts: ['b', 'a', 'c'],
  pairs: [{ k: 'p' }, null, { k: 'q', v: 1 }],
})
const decimal = (text: string) => Decimal128.fromString(text)
const double = (value: number) => new Double(value)

const evaluate = async (expression: unknown) =>
  (await values.aggregate([{ $project: { _id: 0, result: expression } }]).toArray())[0]?.result

/** Compares results with their BSON types. */
async function results(t: Test, rows: [expression: unknown, expected: unknown][]) {
  for (const [expression, expected] of rows) {
    const exact = (value: unknown) => EJSON.stringify({ value }, { relaxed: false })
    t.equal(exact(await evaluate(expression)), exact(expected), JSON.stringify(expression))
  }
}

async function refusals(t: Test, rows: [expression: unknown, code: number][]) {
  for (const [expression, code] of rows)
    t.equal(Number(await codeOf(evaluate(expression))), code, JSON.stringify(expression))
}

t.test('$dateTrunc by bins of several days and weeks', async t => {
  const at = date('2021-03-28T01:30:15.123Z')
  const truncated = (unit: string, binSize: unknown, options = {}) => ({
    $dateTrunc: { date: at, unit, binSize, ...options },
  })
  await results(t, [
    [truncated('day', 3), date('2021-03-26')],
    [truncated('day', 7), date('2021-03-27')],
    [truncated('week', 2), date('2021-03-28')],
    [truncated('month', 5), date('2020-11-01')],
    [truncated('month', '$two'), date('2021-03-01')],
    [truncated('$unit', 1), date('2021-01-01')],
    [truncated('week', 1, { startOfWeek: 'monday' }), date('2021-03-22')],
    [truncated('day', 1, { timezone: '$zone' }), date('2021-03-27T23:00:00Z')],
    [{ $dateTrunc: { date: date('1999-12-31T23:59:59.999Z'), unit: 'week', binSize: 1 } }, date('1999-12-26')],
    [{ $dateTrunc: { date: new ObjectId('65a000000000000000000001'), unit: 'week' } }, date('2024-01-07')],
    [truncated('week', '$nothing'), null],
  ])
  await refusals(t, [
    [{ $dateTrunc: { date: '$text', unit: 'day' } }, 5166307],
    [truncated('month', 0), 5439018],
    [truncated('week', 0.5), 5439017],
    [{ $dateTrunc: { date: '$text', unit: 'week', binSize: '$text' } }, 5439017],
  ])
})

t.test('$dateAdd and $dateSubtract keep the local time when the offset of the time zone changes', async t => {
  const timezone = 'America/New_York'
  await results(t, [
    [
      { $dateAdd: { startDate: date('2029-11-03T04:00:00Z'), unit: 'day', amount: 1, timezone } },
      date('2029-11-04T04:00:00Z'),
    ],
    [
      { $dateSubtract: { startDate: date('2029-12-04T05:00:00Z'), unit: 'month', amount: 1, timezone } },
      date('2029-11-04T04:00:00Z'),
    ],
    [
      { $dateAdd: { startDate: date('2029-11-03T04:00:00Z'), unit: 'hour', amount: 48, timezone } },
      date('2029-11-05T04:00:00Z'),
    ],
    [{ $dateAdd: { startDate: '$nothing', unit: 'day', amount: 1, timezone } }, null],
  ])
  await refusals(t, [[{ $dateAdd: { startDate: '$text', unit: 'day', amount: 1, timezone } }, 5166403]])
})

t.test('$dateToString with the names of months and in time zones', async t => {
  const text = (options: object) => ({ $dateToString: { date: date('2021-03-28T01:30:15.123Z'), ...options } })
  await results(t, [
    [text({ format: '%Y %z %b %B %d %%b', timezone: 'Europe/Zurich' }), '2021 +0200 Mar March 28 %b'],
    [text({ timezone: 'Europe/Zurich' }), '2021-03-28T03:30:15.123'],
    [text({ timezone: '$zone' }), '2021-03-28T03:30:15.123'],
    [text({ timezone: '+00:00' }), '2021-03-28T01:30:15.123Z'],
    [{ $dateToString: { date: '$nothing', format: '%b', onNull: 'none' } }, 'none'],
  ])
})

t.test('$setUnion and $setIntersection sort the elements', t =>
  results(t, [
    [{ $setUnion: ['$numbers', [4]] }, [1, 2, 3, 4]],
    [{ $setUnion: ['$mixed', []] }, [null, 1, 'x', [1]]],
    [{ $setIntersection: ['$texts', ['c', 'b']] }, ['b', 'c']],
    [{ $size: { $setUnion: ['$texts', ['d', 'a']] } }, 4],
    [{ $setUnion: ['$texts', '$nothing'] }, null],
  ]),
)

t.test('$reduce starts from null', t =>
  results(t, [
    [{ $reduce: { input: '$numbers', initialValue: null, in: { $max: ['$$value', '$$this'] } } }, 3],
    [
      { $reduce: { input: '$texts', initialValue: '$nothing', in: [['$$value'], '$$this'] } },
      [[[[[[null], 'b']], 'a']], 'c'],
    ],
    [{ $reduce: { input: [], initialValue: null, in: 1 } }, null],
    [{ $reduce: { input: '$nothing', initialValue: null, in: 1 } }, null],
    [{ $type: { $reduce: { input: [], initialValue: '$missing', in: 1 } } }, 'missing'],
    [
      {
        $map: {
          input: [['a'], ['b', 'c']],
          as: 'value',
          in: {
            $reduce: {
              input: '$$value',
              initialValue: null,
              in: { $concat: [{ $ifNull: ['$$value', '-'] }, '$$this'] },
            },
          },
        },
      },
      ['-a', '-bc'],
    ],
  ]),
)

t.test('$mergeObjects merges the documents in an array, $maxN and $minN refuse null', async t => {
  await results(t, [
    [{ $mergeObjects: '$pairs' }, { k: 'q', v: 1 }],
    [{ $mergeObjects: '$nothing' }, {}],
  ])
  await refusals(t, [
    [{ $mergeObjects: '$text' }, 40400],
    [{ $maxN: { input: '$nothing', n: 1 } }, 5788200],
    [{ $minN: { input: '$missing', n: 1 } }, 5788200],
  ])
})

t.test('$mod is exact for long operands and keeps the type of the divisor', t =>
  results(t, [
    [{ $mod: ['$big', -7] }, new Long(0)],
    [{ $mod: ['$big', '$two'] }, new Long(1)],
    [{ $mod: [-7, '$half'] }, double(-0)],
    [{ $mod: ['$two', '$fraction'] }, double(2)],
    [{ $mod: ['$decimal', '$two'] }, decimal('1.50')],
    [{ $mod: ['$two', '$nothing'] }, null],
  ]),
)

t.test('$pow and $log return what exceeds the range of integers, or has a base below 1', async t => {
  await results(t, [
    [{ $pow: ['$big', '$big'] }, double(Number.POSITIVE_INFINITY)],
    [{ $pow: [-7, '$big'] }, double(Number.POSITIVE_INFINITY)],
    [{ $pow: ['$two', -1074] }, double(5e-324)],
    [{ $pow: ['$two', 62] }, Long.fromString('4611686018427387904')],
    [{ $pow: ['$nan', '$two'] }, double(Number.NaN)],
    [{ $log: ['$big', '$half'] }, double(-63)],
    [{ $log: [1, '$half'] }, double(-0)],
    [{ $log: ['$decimal', '$half'] }, decimal('-0.5849625007211561814537389439478164')],
    [{ $log: ['$nan', '$two'] }, double(Number.NaN)],
  ])
  await refusals(t, [
    [{ $log: ['$nan', '$fraction'] }, 28759],
    [{ $log: ['$fraction', '$half'] }, 28758],
    [{ $log: ['$text', '$half'] }, 28756],
  ])
})

t.test('$atan2, $round and $trunc refuse a first operand of a wrong type', async t => {
  await refusals(t, [
    [{ $atan2: ['$text', '$nothing'] }, 51044],
    [{ $round: ['$text', '$missing'] }, 51081],
    [{ $trunc: ['$numbers', '$nothing'] }, 51081],
  ])
  await results(t, [
    [{ $round: ['$two', '$nothing'] }, null],
    [{ $atan2: ['$nothing', '$text'] }, null],
    [{ $round: ['$fraction', '$missing'] }, null],
  ])
})

t.test('$degreesToRadians and $radiansToDegrees have all digits of decimals', t =>
  results(t, [
    [{ $degreesToRadians: '$decimal' }, decimal('0.02617993877991494365385536152732920')],
    [{ $radiansToDegrees: '$decimal' }, decimal('85.94366926962348131519723222115776')],
  ]),
)

t.test('$avg of integers is a double, of decimals a decimal', t =>
  results(t, [
    [{ $avg: '$two' }, double(2)],
    [{ $avg: ['$big'] }, double(2 ** 63)],
    [{ $avg: ['$decimal', '$big'] }, decimal('4611686018427387904.25')],
    [{ $avg: ['$text', '$decimal', '$nothing'] }, decimal('1.50')],
    [{ $avg: '$numbers' }, double(2)],
    [{ $avg: '$text' }, null],
  ]),
)

t.test('$stdDevPop and $stdDevSamp are expressions, too', t =>
  results(t, [
    [{ $stdDevPop: '$numbers' }, double(0.816496580927726)],
    [{ $stdDevSamp: '$numbers' }, double(1)],
    [{ $stdDevSamp: [1, 3] }, double(Math.SQRT2)],
    [{ $stdDevPop: '$mixed' }, double(0)],
    [{ $stdDevSamp: '$decimal' }, null],
    [{ $stdDevPop: '$infinity' }, double(Number.NaN)],
    [{ $stdDevPop: '$nothing' }, null],
  ]),
)

t.test('$trim removes all whitespace', t =>
  results(t, [
    [{ $trim: { input: '\u00a0 a b\u2003\n' } }, 'a b'],
    [{ $rtrim: { input: 'a\u00a0\n' } }, 'a'],
    [{ $ltrim: { input: '$nothing' } }, null],
  ]),
)

t.test('$substr, $toLower and $toUpper convert doubles, $substr rounds decimals', async t => {
  await results(t, [
    [{ $substrBytes: ['$million', 0, -1] }, '1e+06'],
    [{ $substr: ['$nan', 0, 2] }, 'na'],
    [{ $substrBytes: ['abc', 0, '$decimal'] }, 'ab'],
    [{ $toUpper: '$nan' }, 'NAN'],
    [{ $toUpper: '$infinity' }, 'INF'],
    [{ $toLower: '$infinity' }, 'inf'],
    [{ $toUpper: '$decimal' }, '1.50'],
    [{ $toUpper: '$nothing' }, ''],
  ])
  await refusals(t, [
    [{ $substrCP: ['$nothing', 1, '$fraction'] }, 34453],
    [{ $substrBytes: ['$missing', 0, '$nan'] }, 31109],
  ])
})

t.test('$toString and $convert return the shortest text that identifies a double', async t => {
  const texts: [number, string][] = [
    [1_732_820_400_123.5, '1732820400123.5'],
    [0.1 + 0.2, '0.30000000000000004'],
    [-1 / 3, '-0.3333333333333333'],
    [4.35, '4.35'],
    [1e15, '1000000000000000'],
    [1e16, '1e+16'],
    [1e23, '1e+23'],
    [123_456_789_012.345_67, '123456789012.34567'],
    [0.0001, '0.0001'],
    [0.000_012_5, '1.25e-05'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [2 ** -1022, '2.2250738585072014e-308'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ]
  await results(t, [
    ...texts.map(([value, text]): [unknown, unknown] => [{ $toString: double(value) }, text]),
    [
      { $map: { input: texts.map(([value]) => double(value)), in: { $toString: '$$this' } } },
      texts.map(([, text]) => text),
    ],
    [{ $convert: { input: '$fraction', to: 'string' } }, '-2.5'],
    [{ $convert: { input: double(0.1 + 0.2), to: 2 } }, '0.30000000000000004'],
    [{ $convert: { input: '$numbers', to: 'string', onError: 'bad' } }, 'bad'],
    [{ $toString: '$big' }, '9223372036854775807'],
    [{ $toString: '$nothing' }, null],
  ])
})

t.test('$switch without a default and with constant conditions', t => {
  const branch = Object.fromEntries([
    ['case', false],
    ['then', 1],
  ])
  return refusals(t, [[{ $switch: { branches: [branch] } }, 40069]])
})

t.test('the accumulator $avg returns decimals for decimals', async t => {
  const prices = db.collection<{ _id: number }>('prices', { promoteValues: false })
  await prices.insertMany([
    { _id: 1, price: decimal('1.10'), count: 1, mixed: 'x' },
    { _id: 2, price: decimal('2.20'), count: 2, mixed: 3 },
    { _id: 3, price: decimal('0.33'), count: 2 },
  ] as never)
  const averages = {
    price: { $avg: '$price' },
    count: { $avg: '$count' },
    mixed: { $avg: '$mixed' },
    none: { $avg: '$none' },
  }
  const expected = { price: decimal('1.21'), count: double(5 / 3), mixed: double(3), none: null }
  const exact = (value: unknown) => EJSON.stringify(value, { relaxed: false })
  const same = async (stages: object[], document: unknown) =>
    t.equal(exact((await prices.aggregate([...stages, { $unset: '_id' }]).toArray()).at(-1)), exact(document))
  await same([{ $group: { _id: null, ...averages } }], expected)
  await same([{ $bucket: { groupBy: '$_id', boundaries: [0, 9], output: averages } }], expected)
  await same([{ $bucketAuto: { groupBy: '$_id', buckets: 1, output: averages } }], expected)
  const window = {
    $setWindowFields: { sortBy: { _id: 1 }, output: { last: { $avg: '$price', window: { documents: [-1, 0] } } } },
  }
  await same([window, { $project: { last: 1 } }], { last: decimal('1.265') })
})
