import t from 'tap'
import { comments } from '../../src/comments/comment.ts'
import { PendingComments } from '../../src/comments/pending-comments.ts'
import { postComment } from '../../src/comments/post-comment.ts'
import { removeComments } from '../../src/comments/remove-comments.ts'
import { Ingest } from '../../src/events/ingest/ingest.ts'
import { LookupCache } from '../../src/events/ingest/lookup-cache.ts'
import { KeyedMutex } from '../../src/lib/keyed-mutex.ts'
import { flushParts, loggedEvents, silent } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const { db } = database
const mutex = new KeyedMutex()
const [ann, bob, carl] = [await world.signsUp('ann'), await world.signsUp('bob'), await world.signsUp('carl')]
const root = await world.signsIn(ADMIN)
const { body: image } = await ann.uploads(await noise(30, 20))
const { body: hidden } = await ann.uploads(await noise(31, 20), { visibility: 'private' })
const logged = (imageId: string) => loggedEvents(db, { imageId, type: 'comment' })
const textsOn = async (imageId: string) =>
  (await asks('GET', `/v1/images/${imageId}/comments`)).body.items.map(({ text }: { text: string }) => text)

t.test('a comment is listed, is in the log and is counted', async t => {
  const { status, body } = await bob.comments(image.id, 'What a lake! 🏞')
  t.equal(status, 201)
  t.match(body, { imageId: image.id, userId: bob.id, text: 'What a lake! 🏞', createdAt: String, id: String })
  t.same((await asks('GET', `/v1/images/${image.id}/comments`)).body, { items: [body], nextCursor: null })
  t.match((await bob.gets('/v1/users/me/events')).body.items, [
    { type: 'comment', imageId: image.id, at: body.createdAt },
  ])
  await until('the stats count it', async () => (await ann.statsOf(image.id)).body.totals.counts.comment === 1)
})

t.test('a comment has the display name of its author, who may have none, and never an e-mail address', async t => {
  const named = await ann.uploads(await noise(33, 20))
  const path = `/v1/images/${named.body.id}/comments`
  await asks('PATCH', '/v1/users/me', { token: bob.token, json: { displayName: 'Bob the builder' } })
  t.match((await bob.comments(named.body.id, 'built')).body, { userId: bob.id, displayName: 'Bob the builder' })
  t.match((await carl.comments(named.body.id, 'plain')).body, { userId: carl.id, displayName: null })
  await asks('PATCH', '/v1/users/me', { token: bob.token, json: { displayName: 'Bob' } })
  t.match((await bob.comments(named.body.id, 'built')).body, { displayName: 'Bob' }, 'of the same comment')
  const { body } = await asks('GET', path)
  t.match(body.items, [
    { userId: carl.id, displayName: null },
    { userId: bob.id, displayName: 'Bob' },
  ])
  t.notMatch(JSON.stringify(body), /@/)
  await asks('PATCH', '/v1/users/me', { token: bob.token, json: { displayName: null } })
  t.match((await asks('GET', path)).body.items[1], { userId: bob.id, displayName: null })
})

t.test('the same text posted again is the same comment, also over concurrent connections', async t => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => ann.comments(image.id, 'twice')))
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.equal((await ann.comments(image.id, 'twice')).status, 200)
  t.equal(await logged(image.id), 2)
})

/** Parts that fail before a step, as if the process had died there. */
async function dying(step: 'event' | 'show'): Promise<Parameters<typeof postComment>[1]> {
  const lost = () => Promise.reject(new Error('killed'))
  const parts = await flushParts(database)
  const ingest = new Ingest(parts, { events: 1000, bytes: 1e6 }, silent)
  const submit = async (...args: Parameters<Ingest['submit']>) => {
    if (step === 'show') await ingest.submit(...args)
    return lost()
  }
  return { database, ingest: { submit } as unknown as Ingest, mutex }
}

for (const step of ['event', 'show'] as const) {
  t.test(
    `a comment whose process is killed before the step "${step}" is not visible, not lost and not duplicated`,
    async t => {
      const parts = await dying(step)
      const ingest = new Ingest(await flushParts(database), { events: 1000, bytes: 1e6 }, silent)
      const say = (text: string) => ({ userId: carl.id, imageId: `killed-${step}`, text })
      for (const text of ['sent again', 'swept']) await t.rejects(postComment(say(text), parts), /killed/)
      const seen = () => comments(database.connection).countDocuments({ imageId: `killed-${step}`, pendingSince: null })
      t.equal(await seen(), 0)
      await postComment(say('sent again'), { database, ingest, mutex })
      t.equal(await seen(), 1)
      const pending = new PendingComments({ database, ingest })
      await pending.sweep()
      t.equal(await seen(), 1, 'whoever is still at it is left alone')
      await pending.sweep(Date.now() + 61_000)
      t.equal(await seen(), 2)
      t.equal(await logged(`killed-${step}`), 2)
    },
  )
}

t.test('a pending comment is removed when its image or author no longer exists', async t => {
  const parts = await flushParts(database)
  const nobody = new Ingest(
    { ...parts, users: new LookupCache(async () => new Map()) },
    { events: 9, bytes: 1e6 },
    silent,
  )
  const nothing = new Ingest(
    { ...parts, images: new LookupCache(async () => new Map()) },
    { events: 9, bytes: 1e6 },
    silent,
  )
  const words = { userId: carl.id, imageId: 'gone', text: 'too late' }
  await t.rejects(postComment(words, { database, ingest: nothing, mutex }), { code: 'not_found' })
  await t.rejects(postComment(words, await dying('event')), /killed/)
  await new PendingComments({ database, ingest: nobody }).sweep(Date.now() + 61_000)
  t.equal(await db.collection('comments').countDocuments({ imageId: 'gone' }), 0)
})

t.test('the author, the owner of the image and an admin may delete a comment', async t => {
  const post = async (text: string) => `/v1/comments/${(await bob.comments(image.id, text)).body.id}`
  for (const [who, text] of [
    [bob, 'by its author'],
    [ann, 'by the owner'],
    [root, 'by an admin'],
  ] as const) {
    const path = await post(text)
    t.equal((await carl.deletes(path)).status, 403)
    t.equal((await who.deletes(path)).status, 204, text)
    t.equal((await who.deletes(path)).status, 404)
    t.notOk((await textsOn(image.id)).includes(text))
  }
})

t.test('an invalid comment is rejected', async t => {
  for (const text of ['', ' \n', 'x'.repeat(2001), 'a\u0000b', { $ne: '' } as never]) {
    const { status, body } = await bob.comments(image.id, text)
    t.equal(status, 400)
    t.match(body.errors[0].pointer, /^\/text/)
  }
})

t.test('on a private image only the owner and admins read, post and delete comments', async t => {
  const path = `/v1/images/${hidden.id}/comments`
  const { body: comment } = await ann.comments(hidden.id, 'mine')
  t.equal((await asks('GET', path)).status, 404)
  t.equal((await bob.gets(path)).status, 404)
  t.equal((await bob.comments(hidden.id, 'let me in')).status, 404)
  t.equal((await bob.deletes(`/v1/comments/${comment.id}`)).status, 404)
  t.equal((await root.gets(path)).body.items.length, 1)
  t.equal((await root.comments('nothing', 'hello')).status, 404)
})

t.test('more than ten comments a minute are refused, also concurrent ones, and the answer has Retry-After', async t => {
  const dora = await world.signsUp('dora')
  const texts = Array.from({ length: 40 }, (_, i) => `comment ${i}`)
  const answers = await Promise.all(texts.map(text => dora.comments(image.id, text)))
  const [posted, refused] = [201, 429].map(wanted => answers.filter(({ status }) => status === wanted))
  t.equal(posted?.length, 10)
  t.equal(refused?.length, 30)
  const wait = Number(refused?.[0]?.headers.get('retry-after'))
  t.ok(wait > 0 && wait <= 60)
  t.equal((await dora.comments(image.id, posted?.[0]?.body.text)).status, 200, 'one that stands is no other')
})

t.test('pages contain each comment once, newest first, whatever is posted meanwhile', async t => {
  const { body: busy } = await ann.uploads(await noise(32, 20))
  const at = Date.now()
  const stored = Array.from({ length: 7 }, (_, i) => ({
    _id: `c${i}`,
    imageId: busy.id,
    userId: bob.id,
    text: `${i}`,
    createdAt: new Date(at - Math.floor(i / 2)),
  }))
  await comments(database.connection).insertMany(stored)
  const seen: string[] = []
  let cursor = ''
  do {
    const { body } = await asks('GET', `/v1/images/${busy.id}/comments?limit=3${cursor}`)
    seen.push(...body.items.map(({ id }: { id: string }) => id))
    cursor = body.nextCursor && `&cursor=${body.nextCursor}`
    await carl.comments(busy.id, `meanwhile ${seen.length}`)
  } while (cursor)
  t.same(seen, ['c1', 'c0', 'c3', 'c2', 'c5', 'c4', 'c6'])
})

t.test('the comments on an image are removed with it', async t => {
  for (const _ of ['once', 'and again']) await removeComments({ imageId: image.id }, db)
  t.same(await textsOn(image.id), [])
  t.equal(await db.collection('comments').countDocuments({ imageId: image.id }), 0)
})
