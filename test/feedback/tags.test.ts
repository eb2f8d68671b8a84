import t from 'tap'
import { upgradeOnce } from '../../src/database/upgrade.ts'
import { feedbackTagKeysUpgrade } from '../../src/feedback/feedback.ts'
import { tagKeysUpgrade } from '../../src/images/image.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { db } = world.database
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const COMPOSED = 'caf\u00e9'
const DECOMPOSED = 'cafe\u0301'

async function listedBy(tag: string): Promise<string[]> {
  const { body } = await world.asks('GET', `/v1/images?tag=${encodeURIComponent(tag)}`)
  return body.items.map(({ id }: { id: string }) => id)
}

t.test('tags of images are trimmed, in NFC, and keep the case of the first spelling', async t => {
  const tags = ['  Sunset ', 'sunset', 'SUNSET', DECOMPOSED, COMPOSED.toUpperCase(), 'Straße', 'STRASSE']
  const { status, body } = await ann.uploads(await noise(20, 20), { tags })
  t.equal(status, 201)
  t.same(body.tags, ['Sunset', COMPOSED, 'Straße'])
  t.notOk('tagKeys' in body)
  const { body: changed } = await ann.changes(body.id, { tags: ['beach', ' Beach', 'Sun set'] })
  t.same(changed.tags, ['beach', 'Sun set'])
})

t.test('images are found by a tag whatever its case and form', async t => {
  const { body: image } = await ann.uploads(await noise(21, 20), { tags: ['Harbour', COMPOSED] })
  for (const tag of ['Harbour', 'harbour', 'HARBOUR', ' harbour ', DECOMPOSED, COMPOSED.toUpperCase()])
    t.ok((await listedBy(tag)).includes(image.id), tag)
  t.same(await listedBy('harbou'), [])
})

t.test('a tag of white space is refused where it stands', async t => {
  const { body: image } = await ann.uploads(await noise(22, 20))
  t.match(await ann.uploads(await noise(23, 20), { tags: ['a', '  '] }), {
    status: 400,
    body: { errors: [{ pointer: '/tags/1' }] },
  })
  t.match(await ann.changes(image.id, { tags: ['\t'] }), { status: 400, body: { errors: [{ pointer: '/tags/0' }] } })
  t.match(await ann.thinks(image.id, { tags: [' '] }), { status: 400, body: { errors: [{ pointer: '/tags/0' }] } })
  const event = { imageId: image.id, type: 'tag', tag: '\u00a0' }
  t.match(await ann.reports(event), { status: 400, body: { errors: [{ pointer: '/tag' }] } })
})

t.test('tags of people that differ in case only are the same tag', async t => {
  const { body: image } = await ann.uploads(await noise(24, 20))
  const { body: first } = await ann.thinks(image.id, { tags: [' Cute', 'cute', 'Dog'] })
  t.same(first.tags, ['Cute', 'Dog'])
  t.match(await ann.thinks(image.id, { tags: ['CUTE', 'dog'] }), { body: { tags: ['Cute', 'Dog'] } })
  await ann.reports({ imageId: image.id, type: 'untag', tag: ' cUTE ' })
  t.match(await ann.gets(`/v1/images/${image.id}/feedback`), { body: { tags: ['Dog'] } })
  await bob.reports([
    { imageId: image.id, type: 'tag', tag: 'DOG' },
    { imageId: image.id, type: 'tag', tag: `  ${DECOMPOSED} ` },
  ])
  const { tags } = await until('both people are counted', async () => {
    const { body } = await ann.statsOf(image.id)
    return body.current.tags[0]?.count === 2 && body.current
  })
  t.same(tags, [
    { tag: 'DOG', count: 2 },
    { tag: COMPOSED, count: 1 },
  ])
})

t.test('images and feedback of earlier versions get the keys of their tags, once', async t => {
  await db.collection('images').insertOne({ _id: 'old' as never, tags: ['Old', 'old', ' Tag'], visibility: 'public' })
  const register = (tag: string, eventId: string, on = true) => ({ tag, on, at: new Date(0), eventId })
  const old = { person: 'p', imageId: 'old' }
  const tags = [register('Fine', '2', false), register('fine', '1'), register('Other', '3')]
  await db.collection('feedback').insertOne({ _id: old as never, ...old, tags, updatedAt: new Date(0) })
  // This database has been upgraded when it was empty.
  const upgrades = [tagKeysUpgrade, feedbackTagKeysUpgrade].map(upgrade => ({
    ...upgrade,
    name: `${upgrade.name} again`,
  }))
  for (const upgrade of upgrades) await upgradeOnce(db, upgrade)
  t.match(await db.collection('images').findOne({ _id: 'old' as never }), {
    tags: ['Old', 'Tag'],
    tagKeys: ['old', 'tag'],
  })
  t.match((await db.collection('feedback').findOne(old))?.tags, [
    { tag: 'Fine', key: 'fine', on: false },
    { tag: 'Other', key: 'other', on: true },
  ])
  await db.collection('images').updateOne({ _id: 'old' as never }, { $unset: { tagKeys: '' } })
  for (const upgrade of upgrades) await upgradeOnce(db, upgrade)
  t.equal((await db.collection('images').findOne({ _id: 'old' as never }))?.tagKeys, undefined, 'it is not done again')
})
