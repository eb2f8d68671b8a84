import t from 'tap'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const rejects = world.database.db.collection('rejects')

t.test('a deeply nested item is rejected, and kept like any other', async t => {
  const ann = await world.signsUp('ann')
  const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  const sends = (body: string, type = 'application/json') =>
    world.asks('POST', '/v1/events', { token: ann.token, body, headers: { 'content-type': type } })
  const items = [
    `{"imageId":"x","type":"view","context":${nested(100_000)}}`,
    `{"imageId":"x","type":"view","context":{"a":${deep(500_000)}}}`,
    `{"imageId":"x","type":"view","more":${deep(100_000)}}`,
  ]
  for (const [i, item] of items.entries()) {
    t.equal((await sends(item)).body.code, 'event_rejected')
    t.equal((await sends(`[${item},{}]`)).body.rejectedCount, 2)
    t.equal(await rejects.countDocuments(), 3 * (i + 1))
  }
  const line = `{"imageId":"x","type":"view","context":${nested(10_000)}}\n`
  t.equal((await sends(line, 'application/x-ndjson')).body.rejectedCount, 1)
  t.equal(await rejects.countDocuments(), 3 * items.length + 1)
  t.match((await rejects.findOne())?.event, /^\{"imageId":"x","type":"view","context":\{"a":.*…/)
})
