/**
 * Draws at which hours of the week images were viewed in the last 28 days, in UTC, from the roll-ups of the site in the database.
 *
 *     MONGODB_URI="$(cat .glance/uri)" node examples/analysis/hours-of-the-week.mjs hours-of-the-week.png
 */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import mongoose from 'mongoose'
import sharp from 'sharp'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const { MONGODB_URI = 'mongodb://127.0.0.1:27017', DATABASE = 'glance' } = process.env
const [out = 'hours-of-the-week.png'] = process.argv.slice(2)

const client = await mongoose.mongo.MongoClient.connect(MONGODB_URI)
const since = new Date(Date.now() - 28 * 86_400_000)
const found = await client
  .db(DATABASE)
  .collection('rollups')
  .aggregate([
    { $match: { imageId: 'all', '_id.grain': 'hour', '_id.start': { $gte: since } } },
    {
      $group: {
        _id: { day: { $isoDayOfWeek: '$_id.start' }, hour: { $hour: '$_id.start' } },
        views: { $sum: '$counts.view' },
      },
    },
    { $sort: { _id: 1 } },
  ])
  .toArray()
await client.close()
const hours = found.map(({ _id, views }) => ({ day: WEEKDAYS[Number(_id.day) - 1], hour: Number(_id.hour), views }))

const { document } = parseHTML('<!doctype html><html><body></body></html>')
const svg = Plot.plot({
  document,
  width: 760,
  height: 260,
  marginLeft: 80,
  x: { label: 'hour (UTC)', domain: Array.from({ length: 24 }, (_, hour) => hour), tickSize: 0 },
  y: { label: null, domain: WEEKDAYS, tickSize: 0 },
  color: { scheme: 'Blues', domain: [0, Math.max(1, ...hours.map(({ views }) => views))] },
  marks: [Plot.cell(hours, { x: 'hour', y: 'day', fill: 'views', inset: 0.5 })],
})
svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
await sharp(Buffer.from(svg.outerHTML), { density: 144 }).flatten({ background: 'white' }).png().toFile(out)
const total = hours.reduce((sum, { views }) => sum + views, 0)
process.stdout.write(`${out}: ${total} views\n`)
