import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const ann = await world.signsUp('ann')
const { key } = await world.hasKey({ app: 'lab', scopes: ['exports:read', 'events:write'] })
const { body: image } = await ann.uploads(await noise(30, 20))

/** Returns the exported events of the image. */
async function exported(format: string): Promise<string[]> {
  const { status, bytes } = await world.asks('GET', `/v1/exports/events?format=${format}`, { key })
  t.equal(status, 200)
  return bytes.toString().split('\n').filter(Boolean)
}

t.test('a public comment can not be matched with a pseudonym', async t => {
  await ann.reports({ imageId: image.id, type: 'dwell', durationMs: 54_321, sessionId: 'mine' })
  const { body: comment } = await ann.comments(image.id, 'a thought')
  const sent = {
    imageId: image.id,
    type: 'comment',
    userId: ann.id,
    sessionId: 'mine',
    listId: 'l',
    context: { page: 'a' },
  }
  t.equal((await world.asks('POST', '/v1/events', { key, json: sent })).status, 202)
  const rows = (await exported('ndjson')).map(line => JSON.parse(line))
  const own = rows.find(({ type }) => type === 'dwell')
  t.ok(own.person, 'other events have pseudonyms')
  const comments = rows.filter(({ type }) => type === 'comment')
  t.equal(comments.length, 2, 'the events are counted')
  for (const row of comments) {
    t.same(Object.keys(row).sort(), ['at', 'id', 'imageId', 'type'])
    t.match(row.at, /:00:00\.000Z$/)
    t.not(row.at, comment.createdAt)
  }
  const lines = (await exported('csv')).filter(line => line.includes(',comment,'))
  t.equal(lines.length, 2)
  t.notOk(lines.some(line => line.includes(own.person)))
})
