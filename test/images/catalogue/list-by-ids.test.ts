import t from 'tap'
import { newImage } from '../../helpers/images/new-image.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world
const [ann, bob, root] = [await world.signsUp('ann'), await world.signsUp('bob'), await world.root()]

t.test('images are listed by their ids, in this order, as far as the caller may see them', async t => {
  const [one, two, hidden] = [await newImage(ann), await newImage(bob), await newImage(ann, { visibility: 'private' })]
  const path = `/v1/images?ids=${[two.id, hidden.id, 'nothing', one.id, two.id].join()}`
  const seen = async (token?: string) => {
    const { status, body } = await asks('GET', path, token === undefined ? {} : { token })
    t.equal(status, 200)
    t.equal(body.nextCursor, null)
    return body.items.map(({ id }: { id: string }) => id)
  }
  t.same(await seen(), [two.id, one.id])
  t.same(await seen(bob.token), [two.id, one.id])
  t.same(await seen(ann.token), [two.id, hidden.id, one.id])
  t.same(await seen(root.token), [two.id, hidden.id, one.id])
  const { body } = await ann.gets(path)
  t.equal((await asks('GET', body.items[1].links.file)).status, 200, 'the link of a private image works')
  t.equal((await asks('HEAD', path)).status, 200)
})

t.test('up to 100 ids are accepted, and nothing beside them', async t => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `x${i}`.padEnd(64, 'y')).join()
  t.equal((await asks('GET', `/v1/images?ids=${ids(100)}`)).status, 200)
  const faults: [string, string][] = [
    [`ids=${ids(101)}`, 'ids'],
    ['ids=', 'ids'],
    ['ids=a,', 'ids'],
    ['ids=a,,b', 'ids'],
    ['ids=a b', 'ids'],
    ['ids=a&ids=b', 'ids'],
    ['ids=a&limit=5', 'limit'],
    ['ids=a&cursor=x', 'cursor'],
    ['ids=a&tag=x', 'tag'],
    ['ids=a&owner=x', 'owner'],
    ['ids=a&q=x', 'q'],
    [`ids=a&sha256=${'a'.repeat(64)}`, 'sha256'],
    ['ids=a&sort=newest', 'sort'],
    ['ids=a&window=all', 'window'],
  ]
  for (const [query, name] of faults) {
    const { status, body } = await asks('GET', `/v1/images?${query}`)
    t.equal(status, 400, query)
    t.equal(body.errors[0].pointer, `/querystring/${name}`, query)
  }
})
