import t from 'tap'
import type { Identity } from '../../../src/http/plugins/identity.ts'
import { listByNumbers, type Numbered } from '../../../src/images/catalogue/list-by-numbers.ts'
import { images as modelOf } from '../../../src/images/image.ts'
import { newImage } from '../../helpers/images/new-image.ts'
import { untilTotal } from '../../helpers/stats.ts'
import { until } from '../../helpers/until.ts'
import { openWorld, type Person } from '../../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const [ann, bob, root] = [await world.signsUp('ann'), await world.signsUp('bob'), await world.root()]
const images = modelOf(database.connection)

const asAccount = ({ id }: Person): Identity => ({ kind: 'user', id, roles: ['user'], sessionId: 's' })

type Listed = { id: string; value: number | null }
const listed = async (query: string, { token }: Person = ann) => {
  const { status, body } = await asks('GET', `/v1/images?${query}`, { token })
  t.equal(status, 200, query)
  return body as { items: Listed[]; nextCursor: string | null }
}
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)

t.test('images are sorted by what people did with them and think of them', async t => {
  const [first, second, third] = [await newImage(ann, { tags: ['lake'] }), await newImage(ann), await newImage(bob)]
  const hidden = await newImage(ann, { visibility: 'private' })
  const views = (imageId: string, count: number) => Array.from({ length: count }, () => ({ imageId, type: 'view' }))
  const events = [...views(second.id, 5), ...views(hidden.id, 4), ...views(first.id, 3)]
  t.match(await ann.reports(events), { status: 202, body: { accepted: 12 } })
  for (const who of [ann, bob]) await who.thinks(third.id, { reaction: 'like', saved: true, rating: 5 })
  await ann.thinks(first.id, { reaction: 'like', rating: 2 })
  // A ranking is cached, so all numbers must be there before the first one.
  for (const [image, count] of [
    [second, 5],
    [hidden, 4],
    [first, 3],
  ] as const)
    await untilTotal(ann, image.id, 'view', count)
  for (const [image, likes] of [
    [third, 2],
    [first, 1],
  ] as const)
    await until('the likes', async () => (await ann.statsOf(image.id)).body.current.likes === likes)
  const own = (query: string) => listed(`owner=${ann.id}&${query}`)
  await t.test('the order has the number of each image, and those without one come last', async t => {
    const { items } = await listed('sort=views', bob)
    t.same(
      items.map(({ id, value }) => [id, value]),
      [
        [second.id, 5],
        [first.id, 3],
        [third.id, null],
      ],
    )
    t.notOk('value' in ((await listed('sort=newest')).items[0] ?? {}), 'a list by date has no number')
  })
  await t.test('an owner and admins see private images in their place', async t => {
    t.same(idsOf(await own('sort=views')), [second.id, hidden.id, first.id])
    t.same(idsOf(await listed(`owner=${ann.id}&sort=views`, root)), [second.id, hidden.id, first.id])
    t.same(idsOf(await listed(`owner=${ann.id}&sort=views`, bob)), [second.id, first.id])
    t.same(idsOf(await own('sort=likes')), [first.id, hidden.id, second.id])
  })
  await t.test('other numbers, tags and windows', async t => {
    t.same(idsOf(await listed('sort=likes')), [third.id, first.id, second.id])
    t.same(idsOf(await listed('sort=saves')), [third.id, second.id, first.id])
    t.same(idsOf(await listed('sort=rating')), [third.id, first.id, second.id])
    t.match((await listed('sort=likes&window=24h')).items, [
      { id: third.id, value: 2 },
      { id: first.id, value: 1 },
    ])
    t.same(idsOf(await listed('sort=views&tag=lake')), [first.id])
    for (const window of ['24h', '7d', '30d', 'all'])
      t.equal((await listed(`sort=views&window=${window}`)).items[0]?.value, 5, window)
    t.same(
      (await listed('sort=ctr')).items.map(({ value }) => value),
      [null, null, null],
    )
  })
  await t.test('an image that becomes private leaves the list of others at once', async t => {
    await ann.changes(second.id, { visibility: 'private' })
    t.same(idsOf(await listed('sort=views', bob)), [first.id, third.id])
    t.same(idsOf(await own('sort=views')), [second.id, hidden.id, first.id])
  })
})

t.test('pages have every image once, those with a number first, then the newest', async t => {
  const owner = await world.signsUp('pages')
  const uploaded: string[] = []
  for (let i = 0; i < 9; i++) uploaded.push((await newImage(owner, { tags: ['paged'] })).id)
  const [a = '', b = '', c = '', ...others] = uploaded
  const newest = others.reverse()
  const equal = [b, c].sort()
  const ranking: Numbered[] = [
    { imageId: 'gone', value: 0.75 },
    { imageId: a, value: 0.1 + 0.2 },
    ...equal.map(imageId => ({ imageId, value: 0.125 })),
  ]
  for (const filter of [{ owner: owner.id }, { tag: 'paged' }])
    for (const limit of [1, 2, 3, 4, 9, 20]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await listByNumbers(images, async () => ranking, { ...filter, limit, cursor }, asAccount(owner))
        t.equal(page.items.length, Math.min(limit, 9 - seen.length))
        seen.push(...page.items.map(({ _id }) => _id))
        cursor = page.nextCursor ?? undefined
      } while (cursor)
      t.same(seen, [a, ...equal, ...newest], `${JSON.stringify(filter)} by ${limit}`)
    }
})

t.test('a long ranking of images that do not match is searched to its end', async t => {
  const owner = await world.signsUp('long')
  const [one, two] = [await newImage(owner), await newImage(owner)]
  const strangers = Array.from({ length: 1_200 }, (_, i) => ({ imageId: `stranger-${i}`, value: 5_000 - i }))
  const ranking = [...strangers, { imageId: one.id, value: 2 }]
  const { items } = await listByNumbers(images, async () => ranking, { limit: 2 }, asAccount(owner))
  t.equal(items[0]?._id, one.id)
  t.equal(items[1]?._id, two.id)
})

t.test('a list by numbers requires an account, and takes only what it can be combined with', async t => {
  t.equal((await asks('GET', '/v1/images?sort=views')).status, 401)
  const { key } = await world.hasKey({ app: 'lists', scopes: ['images:write', 'stats:read'], ownerId: ann.id })
  t.equal((await asks('GET', '/v1/images?sort=views', { key })).status, 403)
  t.equal((await asks('HEAD', '/v1/images?sort=views', { token: ann.token })).status, 200)
  const { nextCursor } = await listed('limit=1')
  const faults: [string, string][] = [
    ['sort=views&q=lake', 'q'],
    [`sort=views&sha256=${'a'.repeat(64)}`, 'sha256'],
    ['window=24h', 'window'],
    ['sort=oldest&window=24h', 'window'],
    ['sort=views&window=1h', 'window'],
    ['sort=fame', 'sort'],
    [`sort=views&cursor=${nextCursor}`, 'cursor'],
    [`sort=views&cursor=${Buffer.from('["other",1,"x"]').toString('base64url')}`, 'cursor'],
  ]
  for (const [query, name] of faults) {
    const { status, body } = await asks('GET', `/v1/images?${query}`, { token: ann.token })
    t.equal(status, 400, query)
    t.equal(body.errors[0].pointer, `/querystring/${name}`, query)
  }
})
