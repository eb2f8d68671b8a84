import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { date, EVE, LEAP_DAY, long, OID } from '../../../helpers/engine/conformance/values.ts'

const PLUS_MONTHS = { $dateAdd: { startDate: '$a', unit: 'month', amount: '$b' } }
const MINUS_DAYS = { $dateSubtract: { startDate: '$a', unit: 'day', amount: '$b' } }
const MONTHS_BETWEEN = { $dateDiff: { startDate: '$a', endDate: '$b', unit: 'month' } }
/** The day before the clocks in Zurich go forward. */
const NOON = date('2021-03-27T12:00:00Z')
const SUNDAY = date('2021-03-28T01:30:15.123Z')
const ZURICH = 'Europe/Zurich'

export const rows: Row[] = [
  { given: { a: EVE, b: 1 }, expression: PLUS_MONTHS, gives: date('2000-01-31T23:59:59.999Z') },
  { given: { a: LEAP_DAY, b: -7 }, expression: PLUS_MONTHS, gives: date('2023-07-29T12:30:00Z') },
  { given: { a: OID, b: 1 }, expression: PLUS_MONTHS, gives: date('2024-02-11T14:49:36Z') },
  { given: { a: null, b: 1 }, expression: PLUS_MONTHS, gives: null },
  { given: { a: EVE }, expression: PLUS_MONTHS, gives: null },
  { given: { a: EVE, b: 1 }, expression: MINUS_DAYS, gives: date('1999-12-30T23:59:59.999Z') },
  { given: { a: LEAP_DAY, b: -7 }, expression: MINUS_DAYS, gives: date('2024-03-07T12:30:00Z') },
  { given: { a: EVE, b: null }, expression: MINUS_DAYS, gives: null },
  { given: { a: EVE, b: LEAP_DAY }, expression: MONTHS_BETWEEN, gives: long(290) },
  { given: { a: LEAP_DAY, b: EVE }, expression: MONTHS_BETWEEN, gives: long(-290) },
  { given: { a: OID, b: LEAP_DAY }, expression: MONTHS_BETWEEN, gives: long(1) },
  { given: { a: EVE, b: null }, expression: MONTHS_BETWEEN, gives: null },
  { expression: { $dateAdd: { startDate: date('2021-01-31'), unit: 'month', amount: 1 } }, gives: date('2021-02-28') },
  {
    expression: { $dateAdd: { startDate: date('2021-01-31'), unit: 'quarter', amount: 1 } },
    gives: date('2021-04-30'),
  },
  { expression: { $dateAdd: { startDate: SUNDAY, unit: 'week', amount: 2 } }, gives: date('2021-04-11T01:30:15.123Z') },
  {
    expression: { $dateSubtract: { startDate: date('2020-02-29'), unit: 'year', amount: 1 } },
    gives: date('2019-02-28'),
  },
  {
    expression: { $dateAdd: { startDate: NOON, unit: 'day', amount: 1, timezone: ZURICH } },
    gives: date('2021-03-28T11:00:00Z'),
  },
  {
    expression: { $dateAdd: { startDate: NOON, unit: 'hour', amount: 24, timezone: ZURICH } },
    gives: date('2021-03-28T12:00:00Z'),
  },
  {
    expression: { $dateDiff: { startDate: date('2020-12-31T23:59:59Z'), endDate: date('2021-01-01'), unit: 'year' } },
    gives: long(1),
  },
  {
    expression: { $dateDiff: { startDate: date('2021-01-01'), endDate: date('2021-04-01'), unit: 'quarter' } },
    gives: long(1),
  },
  {
    expression: { $dateDiff: { startDate: date('2021-01-31'), endDate: date('2021-02-01'), unit: 'month' } },
    gives: long(1),
  },
  {
    expression: { $dateDiff: { startDate: date('2021-06-01'), endDate: date('2020-06-01'), unit: 'month' } },
    gives: long(-12),
  },
  {
    expression: { $dateDiff: { startDate: date('2021-01-01'), endDate: date('2021-01-03'), unit: 'week' } },
    gives: long(1),
  },
  {
    expression: {
      $dateDiff: { startDate: date('2021-01-03'), endDate: date('2021-01-04'), unit: 'week', startOfWeek: 'monday' },
    },
    gives: long(1),
  },
  {
    expression: {
      $dateDiff: { startDate: date('2021-01-01T23:59:00Z'), endDate: date('2021-01-02T00:01:00Z'), unit: 'day' },
    },
    gives: long(1),
  },
  {
    expression: {
      $dateDiff: {
        startDate: date('2021-01-01T22:30:00Z'),
        endDate: date('2021-01-01T23:30:00Z'),
        unit: 'day',
        timezone: ZURICH,
      },
    },
    gives: long(1),
  },
  {
    expression: {
      $dateDiff: { startDate: date('2021-01-01T00:59:59Z'), endDate: date('2021-01-01T01:00:00Z'), unit: 'hour' },
    },
    gives: long(1),
  },
  {
    expression: {
      $dateDiff: { startDate: date('2021-01-01'), endDate: date('2021-01-01T00:00:01.500Z'), unit: 'second' },
    },
    gives: long(1),
  },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'year' } }, gives: date('2021-01-01') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'quarter' } }, gives: date('2021-01-01') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'month' } }, gives: date('2021-03-01') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'month', binSize: 2 } }, gives: date('2021-03-01') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'month', binSize: 5 } }, gives: date('2020-11-01') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'week' } }, gives: date('2021-03-28') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'week', startOfWeek: 'monday' } }, gives: date('2021-03-22') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'day' } }, gives: date('2021-03-28') },
  {
    expression: { $dateTrunc: { date: SUNDAY, unit: 'day', binSize: 3 } },
    gives: date('2021-03-26'),
  },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'hour' } }, gives: date('2021-03-28T01:00:00Z') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'hour', binSize: 5 } }, gives: date('2021-03-27T21:00:00Z') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'hour', binSize: 6 } }, gives: date('2021-03-28') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'minute', binSize: 7 } }, gives: date('2021-03-28T01:26:00Z') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'minute', binSize: 15 } }, gives: date('2021-03-28T01:30:00Z') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'second', binSize: 10 } }, gives: date('2021-03-28T01:30:10Z') },
  {
    expression: { $dateTrunc: { date: SUNDAY, unit: 'millisecond', binSize: 100 } },
    gives: date('2021-03-28T01:30:15.100Z'),
  },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'hour', timezone: ZURICH } }, gives: date('2021-03-28T01:00:00Z') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'day', timezone: ZURICH } }, gives: date('2021-03-27T23:00:00Z') },
  { expression: { $dateTrunc: { date: SUNDAY, unit: 'week', timezone: ZURICH } }, gives: date('2021-03-27T23:00:00Z') },
  {
    expression: { $dateTrunc: { date: SUNDAY, unit: 'month', timezone: ZURICH } },
    gives: date('2021-02-28T23:00:00Z'),
  },
  {
    given: { a: date('1969-12-31T23:30:00Z') },
    expression: { $dateTrunc: { date: '$a', unit: 'day' } },
    gives: date('1969-12-31'),
  },
  {
    given: { a: SUNDAY },
    expression: { $dateTrunc: { date: '$a', unit: 'week', startOfWeek: 'Mon' } },
    gives: date('2021-03-22'),
  },
  { expression: { $dateTrunc: { date: '$a', unit: 'day' } }, gives: null },
]
