import t from 'tap'
import { SCOPES } from '../../src/http/plugins/identity.ts'
import { noise, sha256 } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world
const origin = 'https://shop.example'

t.test('of the private images of its owner, only a key with images:write sees anything', async t => {
  const ann = await world.signsUp('ann')
  const bytes = await noise(21, 22)
  const { body: image } = await ann.uploads(bytes, { visibility: 'private', title: 'secret' })
  await ann.comments(image.id, 'a secret thought')
  const paths = [
    `/v1/images?sha256=${sha256(bytes)}`,
    `/v1/images?sha256=${sha256(bytes)}&owner=${ann.id}`,
    `/v1/images?owner=${ann.id}`,
    '/v1/images?q=secret',
    `/v1/images/${image.id}`,
    `/v1/images/${image.id}/file`,
    `/v1/images/${image.id}/file?width=160`,
    `/v1/images/${image.id}/comments`,
    `/v1/images/${image.id}/stats`,
  ]
  const shown = ['/v1/images?sha256', '/v1/images?owner', `/v1/images/${image.id}`]
  for (const scope of SCOPES) {
    const { key } = await world.hasKey({ app: 'shop', scopes: [scope], origins: [origin], ownerId: ann.id })
    for (const path of paths) {
      const { status, body } = await asks('GET', path, { key, headers: { origin } })
      const isSeen = status === 200 && body?.items?.length !== 0
      const isMeant =
        scope === 'images:write' && shown.some(start => path.startsWith(start)) && !path.endsWith('/stats')
      t.equal(isSeen, isMeant, `${scope} ${path}: ${status}`)
      const head = await asks('HEAD', path, { key, headers: { origin } })
      t.equal(head.status, status, `HEAD ${scope} ${path}`)
    }
  }
  const { key } = await world.hasKey({ app: 'page', scopes: ['events:collect'], origins: [origin], ownerId: ann.id })
  const refused = await asks('GET', paths[0] ?? '', { key })
  t.equal(refused.status, 403)
  t.match(refused.body, { code: 'forbidden', detail: /images:write/ })
})
