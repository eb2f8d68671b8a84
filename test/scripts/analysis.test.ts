import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import t from 'tap'
import { findReport } from '../../src/reports/catalogue.ts'
import { readParams } from '../../src/reports/params.ts'
import type { Report } from '../../src/reports/report.ts'
import { reportParts, runReport } from '../../src/reports/run-report.ts'
import { aFolder, aHistory, daysAgo, IMAGES, nameOf, PEOPLE, someEvents } from '../helpers/archive/history.ts'
import { serverUri } from '../helpers/database/mongodb.ts'
import { sqlOn } from '../helpers/duckdb.ts'
import { SECRET } from '../helpers/log.ts'
import { REPORT_MS } from '../helpers/recount/story.ts'
import { startCommand } from '../helpers/service.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/analysis/', import.meta.url))
/** Executes a notebook and prints what it writes. */
const EXECUTE = `
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
nbformat.validate(notebook)
NotebookClient(notebook, kernel_name='python3').execute()
print(''.join(output.get('text', '') for cell in notebook.cells for output in cell.get('outputs', [])))
`

const DAYS = 10
const history = await aHistory(t)
const events = Array.from({ length: DAYS }, (_, i) => someEvents(daysAgo(i + 1), 60, i)).flat()
await history.stores(events)
await history.rollsUp()
const images = IMAGES.map(_id => ({ _id, title: `The ${_id}`, visibility: 'public' }))
await history.db.collection<{ _id: string }>('images').insertMany(images)
const folder = await aFolder(t)
await history.archives(folder)
const pictures = await aFolder(t)
const ofType = (...types: string[]) =>
  events.filter(({ type = '', automated }) => !automated && types.includes(type)).length

/** Whether a file is a picture, and shows something. */
async function isDrawn(file: string): Promise<boolean> {
  const { channels } = await sharp(file).stats()
  return channels.some(({ stdev }) => stdev > 5)
}

t.test('the example for DuckDB draws the events of an archive', async t => {
  const picture = join(pictures, 'days.png')
  const example = startCommand(t, process.execPath, [join(EXAMPLES, 'views-by-day.mjs'), folder, picture])
  t.equal(await example.ended(), 0, example.output())
  t.match(example.output(), `${ofType('impression', 'view', 'click')} events`)
  t.ok(await isDrawn(picture))
})

t.test('the example for the driver draws the roll-ups of the database', async t => {
  const picture = join(pictures, 'hours.png')
  const env = { MONGODB_URI: serverUri(), DATABASE: history.db.databaseName }
  const example = startCommand(t, process.execPath, [join(EXAMPLES, 'hours-of-the-week.mjs'), picture], env)
  t.equal(await example.ended(), 0, example.output())
  t.match(example.output(), `${ofType('view')} views`)
  t.ok(await isDrawn(picture))
})

const python = process.env.PYTHON ?? 'python3'
const modules = ['duckdb', 'pandas', 'matplotlib', 'nbclient', 'nbformat', 'ipykernel']
const hasModules = spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0
const skip = hasModules ? false : `${python} lacks one of ${modules.join(', ')}`

t.test('the notebook draws how many people come back', { skip }, async t => {
  const picture = join(pictures, 'back.png')
  const notebook = join(EXAMPLES, 'coming-back.ipynb')
  const env = { GLANCE_ARCHIVE: folder, PICTURE: picture }
  const example = startCommand(t, python, ['-c', EXECUTE, notebook], env)
  t.equal(await example.ended(), 0, example.output())
  t.match(example.output(), `${PEOPLE.length} people`)
  t.ok(await isDrawn(picture))
})

t.test('DuckDB counts in an archive what the report counts in the roll-ups', async t => {
  const report = findReport('top-images') as Report
  const [since, until] = [nameOf(daysAgo(DAYS)), nameOf(daysAgo(0))]
  const parts = reportParts(history.db, history.log, SECRET)
  const { rows } = await runReport(report, readParams(report, { since, until }, new Date()), parts, { time: REPORT_MS })
  const query = await sqlOn(t, folder)
  const counted = await query(`
    SELECT imageId, count(*) FILTER (type = 'view') AS views, count(*) FILTER (type = 'click') AS clicks,
      count(DISTINCT person) AS people
    FROM read_parquet('events/*/*.parquet', hive_partitioning = true)
    WHERE automated IS NOT TRUE
    GROUP BY imageId
    ORDER BY views DESC, imageId`)
  const numbers = ({ imageId, views, clicks }: Record<string, unknown>) => ({ imageId, views, clicks })
  t.ok(counted.length > 1)
  t.same(rows.map(numbers), counted.map(numbers))
})
