/**
 * Asks the server of the test run the questions in `table/` and compares its answers with those of MongoDB 8.2. On the gateway of the
 * embedded engine, a row that is marked with a deviation must deviate: the mark has to go when the deviation does.
 */
import { readdir } from 'node:fs/promises'
import mongoose from 'mongoose'
import t from 'tap'
import { isGateway, ownDatabase } from '../../helpers/database/mongodb.ts'
import { ask, expected } from '../../helpers/engine/conformance/ask.ts'
import type { Row } from '../../helpers/engine/conformance/row.ts'

const { EJSON } = mongoose.mongo.BSON
const folder = new URL('table/', import.meta.url)

const databases = await Promise.all([1, 2, 3, 4].map(() => ownDatabase(t)))
const onGateway = await isGateway((await ownDatabase(t)).db)

for (const file of (await readdir(folder)).sort()) {
  const theme = file.replace('.ts', '')
  t.test(`the answers are MongoDB's: ${theme}`, async t => {
    const { rows }: { rows: Row[] } = await import(`./table/${theme}.ts`)
    const answers = await answersTo(rows)
    for (const [i, row] of rows.entries()) {
      const { deviates, ...rest } = row
      const question = `${theme}: ${EJSON.stringify(rest)}`
      if (deviates && onGateway) t.not(answers[i], expected(row), `${question} still deviates: ${deviates}`)
      else t.equal(answers[i], expected(row), question)
    }
  })
}

/** Asks the questions in several databases at a time. */
async function answersTo(rows: Row[]): Promise<string[]> {
  const isIn = (database: number) => (_: unknown, i: number) => i % databases.length === database
  const answers = await Promise.all(databases.map(({ db }, database) => ask(db, rows.filter(isIn(database)))))
  return rows.map((_, i) => answers[i % databases.length]?.shift() ?? '')
}
