/**
 * Draws the impressions, views and clicks of each day of an archive, counted by DuckDB from its Parquet files.
 *
 *     npm run archive -- --to archive
 *     node examples/analysis/views-by-day.mjs archive views-by-day.png
 */
import { DuckDBInstance } from '@duckdb/node-api'
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import sharp from 'sharp'

const [folder = 'archive', out = 'views-by-day.png'] = process.argv.slice(2)

const connection = await (await DuckDBInstance.create(':memory:')).connect()
await connection.run(`SET file_search_path = '${folder.replaceAll("'", "''")}'`)
const found = await connection.runAndReadAll(`
  SELECT CAST(date AS DATE)::TEXT AS day, type, count(*)::INTEGER AS events
  FROM read_parquet('events/*/*.parquet', hive_partitioning = true)
  WHERE automated IS NOT TRUE AND type IN ('impression', 'view', 'click')
  GROUP BY ALL
  ORDER BY ALL`)
const days = found.getRowObjectsJS().map(({ day, ...row }) => ({ day: new Date(day), ...row }))

const { document } = parseHTML('<!doctype html><html><body></body></html>')
const svg = Plot.plot({
  document,
  width: 760,
  height: 320,
  marginRight: 80,
  x: { type: 'utc', label: null },
  y: { grid: true, zero: true, label: 'events a day' },
  color: { domain: ['impression', 'view', 'click'], range: ['#56b4e9', '#0072b2', '#d55e00'] },
  marks: [
    Plot.ruleY([0]),
    Plot.lineY(days, { x: 'day', y: 'events', stroke: 'type' }),
    Plot.text(
      days,
      Plot.selectLast({ x: 'day', y: 'events', z: 'type', text: 'type', fill: 'type', textAnchor: 'start', dx: 6 }),
    ),
  ],
})
svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
await sharp(Buffer.from(svg.outerHTML), { density: 144 }).flatten({ background: 'white' }).png().toFile(out)
const total = days.reduce((sum, { events }) => sum + events, 0)
process.stdout.write(`${out}: ${total} events\n`)
