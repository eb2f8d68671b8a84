import { readdir } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { aFolder, aHistory, changedIn, daysAgo, filesIn, nameOf, someEvents } from '../helpers/archive/history.ts'
import { serverUri } from '../helpers/database/mongodb.ts'
import { SECRET } from '../helpers/log.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'

const DAYS = 8
const history = await aHistory(t)
for (let day = 1; day <= DAYS; day++) await history.stores(someEvents(daysAgo(day), 60, day))
await history.rollsUp()
const folder = await aFolder(t)
await history.archives(folder)
const env = { MONGODB_URI: serverUri(), DATABASE: history.db.databaseName, DATA_SECRET: SECRET }
const archives = (to: string) => startScript(t, 'scripts/archive.ts', env, { words: ['--to', to] })

t.test('a command that is killed is run again, and the bytes are the same', async t => {
  const other = await aFolder(t)
  let kills = 0
  for (const files of [4, 18, 36]) {
    const command = archives(other)
    await until(
      'it has come so far',
      async () => command.child.exitCode !== null || (await readdir(other, { recursive: true })).length >= files,
    )
    await command.kill('SIGKILL')
    if (command.child.signalCode === 'SIGKILL') kills++
  }
  t.ok(kills > 0, `killed ${kills} times`)
  const last = archives(other)
  t.equal(await last.ended(), 0, last.output())
  t.match(last.output(), /files were written or removed\n$/)
  t.same(changedIn(await filesIn(folder), await filesIn(other)), [])
})

t.test('DuckDB reads days, types and counts', async t => {
  const connection = await (await DuckDBInstance.create()).connect()
  const ask = async (query: string) => (await connection.runAndReadAll(query)).getRowsJson()
  const events = `read_parquet('${folder}/events/*/*.parquet', hive_partitioning = true)`
  t.same(await ask(`SELECT count(DISTINCT date), count(*) FROM ${events}`), [[`${DAYS}`, `${DAYS * 60}`]])
  const types = await ask(
    `SELECT column_name, column_type FROM (DESCRIBE SELECT "at", imageId, value, context FROM ${events})`,
  )
  t.same(types, [
    ['at', 'TIMESTAMP WITH TIME ZONE'],
    ['imageId', 'VARCHAR'],
    ['value', 'INTEGER'],
    ['context', 'JSON'],
  ])
  const rollups = `read_parquet('${folder}/rollups/*/*.parquet', hive_partitioning = true)`
  const difference = `SELECT count(*) FROM
    (SELECT date, imageId, count(*) AS views FROM ${events} WHERE type = 'view' AND automated IS NULL GROUP BY ALL) AS counted
    JOIN ${rollups} AS summed USING (date, imageId) WHERE grain = 'day' AND view <> views`
  t.same(await ask(difference), [['0']])
  const day = nameOf(daysAgo(3))
  t.same(await ask(`SELECT typeof(view), typeof(tags) FROM ${rollups}, '${folder}/feedback/*/*.parquet' LIMIT 1`), [
    ['BIGINT', 'VARCHAR[]'],
  ])
  t.same(
    await ask(
      `SELECT max("at") < TIMESTAMPTZ '${day} 00:00:00+00' + INTERVAL 1 DAY FROM ${events} WHERE date = '${day}'`,
    ),
    [[true]],
  )
})
