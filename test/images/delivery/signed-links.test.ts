import t from 'tap'
import { FileLinks } from '../../../src/images/delivery/file-links.ts'
import { aWire, commandsOn } from '../../helpers/database/wire.ts'
import { newImage } from '../../helpers/images/new-image.ts'
import { noise, sha256 } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

const SECRET = 'the secret that signs links in tests, long enough'
const wire = await aWire(t)
const world = await openWorld(t, { MONGODB_URI: wire.uri, DATA_SECRET: SECRET, RENDITION_SIZES: '16,64' })
const { asks } = world
const [ann, bob, root] = [await world.signsUp('ann'), await world.signsUp('bob'), await world.root()]
const links = new FileLinks(SECRET)

const hiddenImage = () => newImage(ann, { visibility: 'private' })
const seconds = () => Math.floor(Date.now() / 1000)
const maxAge = ({ headers }: { headers: Headers }) =>
  Number(/^private, max-age=(\d+)$/.exec(headers.get('cache-control') ?? '')?.[1])
/** Asks for a link as the owner of the image. */
const linkTo = (id: string, json: object = {}, { token } = ann) =>
  asks('POST', `/v1/images/${id}/links`, { token, json })

t.test('the link of a private image shows its file and renditions without credentials', async t => {
  const bytes = await noise(40, 30)
  const { body: image } = await ann.uploads(bytes, { visibility: 'private' })
  t.match(image.links.file, /^\/v1\/images\/[\w-]+\/file\?expires=\d+&signature=[\w-]{43}$/)
  const file = await asks('GET', image.links.file)
  t.equal(file.status, 200)
  t.equal(sha256(file.bytes), image.sha256)
  t.ok(maxAge(file) > 0 && maxAge(file) <= 3600)
  t.equal(file.headers.get('referrer-policy'), 'no-referrer')
  const head = await asks('HEAD', image.links.file)
  t.equal(head.status, 200)
  t.equal(maxAge(head) > 0, true)
  const rendition = await asks('GET', `${image.links.file}&width=16&format=webp`)
  t.equal(rendition.status, 200)
  t.equal(rendition.headers.get('content-type'), 'image/webp')
  t.ok(maxAge(rendition) > 0)
  const part = await asks('GET', image.links.file, { headers: { range: 'bytes=0-9' } })
  t.equal(part.status, 206)
  t.equal(part.bytes.length, 10)
  t.equal((await asks('GET', image.links.file, { token: bob.token })).status, 200, 'also for another account')
})

t.test('every answer with a private image has such a link, those with a public one a plain link', async t => {
  const image = await hiddenImage()
  const shown = await ann.gets(image.links.self)
  const listed = await ann.gets(`/v1/images?owner=${ann.id}&limit=1`)
  const changed = await ann.changes(image.id, { title: 'changed' })
  for (const { links } of [shown.body, listed.body.items[0], changed.body, (await root.gets(image.links.self)).body])
    t.equal((await asks('GET', links.file)).status, 200)
  const again = await asks('GET', image.links.self, {
    token: ann.token,
    headers: { 'if-none-match': changed.headers.get('etag') ?? '' },
  })
  t.equal(again.status, 200, 'an unchanged private image is sent again, with a link that is valid')
  t.equal((await newImage(ann)).links.file.includes('?'), false)
})

t.test('the link of an answer stays the same for a quarter of an hour and is valid for an hour', async t => {
  const hidden = { _id: 'some-image', visibility: 'private' } as const
  const start = Date.UTC(2026, 10, 24, 9)
  const path = links.pathOf(hidden, start + 1)
  t.equal(links.pathOf(hidden, start + 900_000), path)
  t.not(links.pathOf(hidden, start + 900_001), path)
  const expires = Number(/expires=(\d+)/.exec(path)?.[1])
  t.equal(expires, (start + 4_500_000) / 1000)
})

t.test('a link that was changed in any part is answered like an image that does not exist', async t => {
  const [image, other] = [await hiddenImage(), await hiddenImage()]
  const { file } = image.links
  const [, expires = '', signature = ''] = /expires=(\d+)&signature=(.*)/.exec(file) ?? []
  const path = `/v1/images/${image.id}/file`
  const sameBits = `${signature.slice(0, -1)}${String.fromCharCode(signature.charCodeAt(42) + 1)}`
  const changed = [
    `${path}?expires=${Number(expires) + 900}&signature=${signature}`,
    `${path}?expires=0${expires}&signature=${signature}`,
    `${path}?expires=${expires}.0&signature=${signature}`,
    `${path}?expires=99999999999999999999&signature=${signature}`,
    `${path}?expires=-1&signature=${signature}`,
    `${path}?expires=&signature=${signature}`,
    `${path}?signature=${signature}`,
    `${path}?expires=${expires}`,
    `${path}?expires=${expires}&signature=`,
    `${path}?expires=${expires}&signature=${signature.slice(1)}`,
    `${path}?expires=${expires}&signature=${sameBits}`,
    `${path}?expires=${expires}&signature=${'ä'.repeat(43)}`,
    file.replace(image.id, other.id),
    file.replace(image.id, 'nothing'),
  ]
  const problem = (await asks('GET', '/v1/images/nothing/file')).body
  for (const link of changed) {
    const answer = await asks('GET', link)
    t.equal(answer.status, 404, link)
    t.same({ ...answer.body, instance: '' }, { ...problem, instance: '' }, link)
    t.equal(answer.headers.get('cache-control'), 'no-store')
    t.equal((await asks('HEAD', link)).status, 404, link)
  }
  t.equal((await asks('GET', `${path}?signature=x`, { token: ann.token })).status, 200, 'valid credentials suffice')
  const shown = await asks('GET', `${path}?signature=x`, { token: ann.token })
  t.equal(shown.headers.get('cache-control'), 'private, no-cache')
  t.equal((await asks('GET', file, { token: 'nonsense' })).status, 401, 'credentials that are sent must be valid')
})

t.test('a tampered link costs one read', async t => {
  const image = await hiddenImage()
  const tampered = `/v1/images/${image.id}/file?width=16&expires=9999999999&signature=${'x'.repeat(43)}`
  const commandsOf = (collection: string) => commandsOn(wire, collection, () => asks('GET', tampered))
  t.same(await commandsOf('images'), ['find'])
  for (const collection of ['blobs.files', 'blobs.chunks']) t.same(await commandsOf(collection), [])
})

t.test('a link that has expired says so, unless its signature is wrong', async t => {
  const image = await hiddenImage()
  const expired = links.signedPath({ _id: image.id }, seconds() - 1)
  t.match(await asks('GET', expired), { status: 410, body: { code: 'link_expired' } })
  t.equal((await asks('GET', expired.replace('signature=', 'signature=x'))).status, 404)
  t.equal((await asks('GET', expired, { token: ann.token })).status, 200, 'credentials still suffice')
  const dying = await asks('GET', links.signedPath({ _id: image.id }, seconds() + 600))
  t.ok(maxAge(dying) <= 600, 'no cache keeps an answer for longer than the link is valid')
})

t.test('setting an image to private, also once more, and deleting it end its links', async t => {
  const image = await newImage(ann)
  const { body: whilePublic } = await linkTo(image.id)
  t.equal(maxAge(await asks('GET', whilePublic.url)) > 0, true, 'never public, although the image is')
  const hidden = (await ann.changes(image.id, { visibility: 'private' })).body
  const { body: whilePrivate } = await linkTo(image.id)
  for (const url of [hidden.links.file, whilePrivate.url]) t.equal((await asks('GET', url)).status, 200)
  t.equal((await asks('GET', whilePublic.url)).status, 404)
  await ann.changes(image.id, { title: 'another title' })
  t.equal((await asks('GET', whilePrivate.url)).status, 200, 'other changes do not')
  const again = (await ann.changes(image.id, { visibility: 'private' })).body
  for (const url of [hidden.links.file, whilePrivate.url]) t.equal((await asks('GET', url)).status, 404)
  t.equal((await asks('GET', again.links.file)).status, 200)
  t.equal(again.linkVersion, undefined)
  await ann.removes(image.id)
  t.equal((await asks('GET', again.links.file)).status, 404)
})

t.test('a link of one rendition shows nothing else', async t => {
  const image = await hiddenImage()
  const { status, body } = await linkTo(image.id, {
    width: 16,
    height: 16,
    fit: 'cover',
    dpr: 1.5,
    quality: 70,
    format: 'png',
    background: 'white',
    download: true,
    expiresInSeconds: 120,
  })
  t.equal(status, 201)
  t.ok(Math.abs(Date.parse(body.expiresAt) / 1000 - seconds() - 120) < 60)
  const file = await asks('GET', body.url)
  t.equal(file.status, 200)
  t.equal(file.headers.get('content-type'), 'image/png')
  t.match(file.headers.get('content-disposition'), /^attachment/)
  t.ok(maxAge(file) <= 120)
  const { body: narrow } = await linkTo(image.id, { width: 16, format: 'png' })
  t.match(narrow.url, /\/file\?width=16&format=png&expires=\d+&signature=/)
  t.equal((await asks('GET', narrow.url)).status, 200)
  const without = (parameter: string) => narrow.url.replace(parameter, '')
  for (const url of [without('width=16&'), without('format=png&'), without('width=16&format=png&')])
    t.equal((await asks('GET', url)).status, 404, url)
  for (const url of [narrow.url.replace('width=16', 'width=64'), `${narrow.url}&height=16`, `${narrow.url}&dpr=1`])
    t.equal((await asks('GET', url)).status, 404, url)
  t.equal((await asks('GET', `${narrow.url}&utm_source=mail`)).status, 200, 'unknown parameters are ignored')
  const whole = (await linkTo(image.id)).body.url
  t.equal((await asks('GET', `${whole}&width=64&format=webp`)).status, 200, 'a link of the file shows all renditions')
})

t.test('the owner and admins make links, for a minute to a week', async t => {
  const [image, hidden] = [await newImage(ann), await hiddenImage()]
  t.equal((await linkTo(hidden.id, {}, root)).status, 201)
  t.equal((await linkTo(image.id, {}, bob)).status, 403)
  t.equal((await linkTo(hidden.id, {}, bob)).status, 404)
  t.equal((await linkTo('nothing')).status, 404)
  const { key } = await world.hasKey({ app: 'uploader', scopes: ['images:write'], ownerId: ann.id })
  t.equal((await asks('POST', `/v1/images/${image.id}/links`, { key, json: {} })).status, 403)
  const faults: [object, string][] = [
    [{ expiresInSeconds: 59 }, '/expiresInSeconds'],
    [{ expiresInSeconds: 604_801 }, '/expiresInSeconds'],
    [{ expiresInSeconds: '3600' }, '/expiresInSeconds'],
    [{ width: 0 }, '/width'],
    [{ dpr: 4 }, '/dpr'],
    [{ fit: 'fill' }, '/fit'],
    [{ download: '1' }, '/download'],
    [{ signature: 'x' }, '/signature'],
  ]
  for (const [json, pointer] of faults) {
    const { status, body } = await linkTo(image.id, json)
    t.equal(status, 400, pointer)
    t.equal(body.errors[0].pointer, pointer)
  }
})
