import t from 'tap'
import { type PrivacyParts, personalDataOf } from '../../src/privacy/personal-data.ts'
import { aBusySite } from '../helpers/privacy/busy-site.ts'
import { openWorld, type Person } from '../helpers/world.ts'

const DATA_SECRET = 'the secret of these people, long enough'
const world = await openWorld(t, { DATA_SECRET })
const { database } = world
const { db } = database
const { landscape, busyPerson } = await aBusySite(world)
const known = Object.entries(personalDataOf({ database } as PrivacyParts))

async function exported(person: Person): Promise<{ kind: string; data: Record<string, unknown> }[]> {
  const { bytes } = await person.gets('/v1/users/me/export')
  return bytes
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

t.test('no collection stands of which export and erasure do not know', async t => {
  const unknown = (await db.listCollections().toArray()).filter(({ name }) => !known.some(([one]) => one === name))
  t.same(unknown, [])
})

t.test('the export holds everything of a person, and no secrets', async t => {
  const ann = await busyPerson('ann', 61)
  const { headers } = await ann.gets('/v1/users/me/export')
  t.match(headers.get('content-type'), /^application\/x-ndjson/)
  const lines = await exported(ann)
  const kinds = known.flatMap(([, holding]) => ('kind' in holding ? [holding.kind] : []))
  t.same(
    kinds.filter(kind => !lines.some(line => line.kind === kind)),
    [],
    'every kind of data occurs',
  )
  const of = (kind: string) => lines.filter(line => line.kind === kind).map(({ data }) => data)
  t.match(of('account'), [{ id: ann.id, email: 'ann@example.com' }])
  t.equal(of('session').length, 2)
  t.match(of('image'), [{ title: 'by ann', ownerId: ann.id, links: { file: String } }])
  t.match(of('feedback'), [{ imageId: landscape.id, rating: { value: 4 } }])
  t.match(of('comment'), [{ text: 'ann was here' }])
  t.equal(of('event').length, 7, 'a like, a rating, a save, a tag, a comment, two views')
  t.equal(of('refused event').length, 2, 'one of their own and one of an app that named them')
  t.ok(
    of('note').some(({ what }) => what === 'roles_changed'),
    'actions of others that concern them are included',
  )
  t.ok(
    of('note').every(
      ({ what, who, address }) => what !== 'roles_changed' || (who === undefined && address === undefined),
    ),
    'without the actor and the address',
  )
  t.notMatch(JSON.stringify(lines), /passwordHash|\$2[aby]\$|blobId|"hash"/)
})

t.test('an export reads a long log some at a time, each event once', async t => {
  const bob = await world.signsUp('bob')
  const events = Array.from({ length: 1_000 }, () => ({ imageId: landscape.id, type: 'impression' }))
  for (let batch = 0; batch < 3; batch++) await bob.reports(events)
  const ids = (await exported(bob)).filter(({ kind }) => kind === 'event').map(({ data }) => data.id)
  t.equal(ids.length, 3_000)
  t.equal(new Set(ids).size, 3_000)
})
