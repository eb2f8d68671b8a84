import { addressOf, tusClient } from '../images/tus.ts'
import { noise } from '../pictures.ts'
import type { Answer, Person, World } from '../world.ts'

/** A site with an admin, an image and an app, on which people leave data in every collection. */
export async function aBusySite(world: World) {
  const { asks } = world
  const root = await world.root()
  const { body: landscape } = await root.uploads(await noise(60, 40))
  const shop = await world.hasKey({ app: 'shop', scopes: ['events:write', 'erasures:write'] })
  const viewOf = (actor: object) => ({ imageId: landscape.id, type: 'view', ...actor })
  const shopReports = (events: unknown): Promise<Answer> => asks('POST', '/v1/events', { key: shop.key, json: events })

  /** Signs somebody up who leaves something in every collection with personal data. */
  async function busyPerson(name: string, seed: number): Promise<Person & { imageId: string }> {
    const { id } = await world.signsUp(name)
    await asks('PUT', `/v1/users/${id}/roles`, { token: root.token, json: { roles: ['user', 'admin'] } })
    const person = await world.signsUp(name)
    const key = { name: 'theirs', app: name, scopes: ['stats:read'] }
    await asks('POST', '/v1/keys', { token: person.token, json: key })
    const { body: image } = await person.uploads(await noise(seed, 40), { title: `by ${name}` })
    await asks('GET', `${image.links.file}?width=160&format=webp`)
    const tus = tusClient(world, person)
    await tus.appends(addressOf(await tus.begins(1_000, { title: `half of ${name}'s` })), 0, Buffer.from('some bytes'))
    await root.thinks(image.id, { reaction: 'like' })
    await person.thinks(landscape.id, { reaction: 'like', rating: 4, saved: true, tags: ['hills'] })
    await person.comments(landscape.id, `${name} was here`)
    await person.reports([viewOf({}), { imageId: landscape.id, type: 'rating' }])
    await shopReports([viewOf({ userId: id }), viewOf({ userId: id, visitorId: 'two' })])
    return { ...person, imageId: image.id }
  }

  return { root, landscape, shop, viewOf, shopReports, busyPerson }
}
