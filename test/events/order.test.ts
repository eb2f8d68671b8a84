import t from 'tap'
import { feedbackOn } from '../helpers/feedback.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { db } = world.database
const ann = await world.signsUp('ann')
const { key } = await world.hasKey({ app: 'order', scopes: ['events:write'] })
const PEOPLE = Array.from({ length: 100 }, (_, i) => `p${i}`)
let pixels = 20

async function anImage(): Promise<string> {
  return (await ann.uploads(await noise(pixels++, 20))).body.id
}

/** Sends all words of everybody in one request. */
async function sends(words: object[], form: 'array' | 'stream', more: object = {}) {
  const imageId = await anImage()
  const events = PEOPLE.flatMap(visitorId => words.map(word => ({ imageId, visitorId, ...more, ...word })))
  const answer =
    form === 'array'
      ? await world.asks('POST', '/v1/events', { key, json: events })
      : await world.asks('POST', '/v1/events', {
          key,
          headers: { 'content-type': 'application/x-ndjson' },
          body: events.map(event => `${JSON.stringify(event)}\n`).join(''),
        })
  t.match(answer, { status: 202, body: { accepted: events.length } })
  return { imageId, events }
}

for (const form of ['array', 'stream'] as const) {
  t.test(`of the events that one ${form} has for a register, the last one counts`, async t => {
    const liked = await sends([{ type: 'like' }, { type: 'clear' }], form)
    t.ok((await feedbackOn(db, liked.imageId)).every(({ reaction }) => reaction === null))
    const rated = await sends(
      [5, 1, 3].map(value => ({ type: 'rating', value })),
      form,
    )
    t.ok((await feedbackOn(db, rated.imageId)).every(({ rating }) => rating === 3))
    const tags = ['tag', 'untag', 'tag'].map(type => ({ type, tag: 'sea' }))
    const tagged = await sends([...tags, { type: 'save' }, { type: 'unsave' }], form)
    t.ok((await feedbackOn(db, tagged.imageId)).every(({ saved, tags }) => !saved && tags.join() === 'sea'))
  })

  t.test(`of the events that one ${form} has for one millisecond, the last one counts`, async t => {
    const at = new Date().toISOString()
    const { imageId } = await sends([{ type: 'like' }, { type: 'clear' }, { type: 'dislike' }], form, { at })
    t.ok((await feedbackOn(db, imageId)).every(({ reaction }) => reaction === 'dislike'))
    const named = await sends(
      [
        { type: 'dislike', id: 'one' },
        { type: 'like', id: 'another' },
      ],
      form,
      { at },
    )
    t.ok((await feedbackOn(db, named.imageId)).every(({ reaction }) => reaction === 'like'))
  })
}

t.test('an event that is sent again keeps its place', async t => {
  const imageId = await anImage()
  const at = new Date().toISOString()
  const like = { imageId, type: 'like', id: 'like', at }
  await ann.reports([like, { imageId, type: 'clear', id: 'clear', at }])
  await ann.reports([like])
  t.match(await feedbackOn(db, imageId), [{ reaction: null }])
})

t.test('later requests are later, and mix with other changes of feedback', async t => {
  const imageId = await anImage()
  const reports = async (type: string) => t.match(await ann.reports({ imageId, type }), { status: 202 }, type)
  for (let i = 0; i < 5; i++) {
    await reports('like')
    await reports('dislike')
    t.match(await feedbackOn(db, imageId), [{ reaction: 'dislike' }])
    t.match(await ann.thinks(imageId, { reaction: 'like' }, 'PATCH'), { status: 200 })
    await reports('clear')
    t.match(await feedbackOn(db, imageId), [{ reaction: null }])
  }
})

t.test('the list of own events has the order of the request', async t => {
  const imageId = await anImage()
  const positions = Array.from({ length: 50 }, (_, position) => position)
  await ann.reports(positions.map(position => ({ imageId, type: 'view', position })))
  const { body } = await ann.gets(`/v1/users/me/events?imageId=${imageId}&limit=50`)
  t.same(
    body.items.map(({ position }: { position: number }) => position),
    positions.toReversed(),
  )
})
