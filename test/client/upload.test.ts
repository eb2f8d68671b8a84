import { openAsBlob } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createClient, type Progress } from '../../src/client/index.ts'
import { aLine, busy, expired, lost } from '../helpers/client/line.ts'
import { noise, sha256 } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const owner = await world.signsUp('owner')

async function aClient() {
  const line = aLine()
  const client = createClient({ url: world.url, fetch: line.fetch })
  await client.session.signIn({ email: 'owner@example.com', password: "owner's own password" })
  line.sent.length = 0
  return { client, line }
}

/** A picture that nobody else has uploaded. */
let width = 10
async function aFile(type = 'image/png'): Promise<File> {
  return new File([new Uint8Array(await noise(width++, 10, 'png'))], 'picture.png', { type })
}

t.test('a file is uploaded with what is said about it', async t => {
  const { client } = await aClient()
  const file = await aFile()
  const said = { title: 'By the lake', altText: 'A lake', description: 'At dawn', tags: ['lake', 'dawn'] }
  const image = await client.images.upload(file, { ...said, visibility: 'private' })
  t.match(image, { ...said, ownerId: owner.id, fileName: 'picture.png', visibility: 'private' })
  t.equal((await client.images.upload(file)).id, image.id, 'the same bytes are one image')
})

t.test('a file of the disk is uploaded without being read as a whole', async t => {
  const { client } = await aClient()
  const bytes = await noise(1500, 1500, 'png')
  const path = join(t.testdir(), 'large.png')
  await writeFile(path, bytes)
  const steps: Progress[] = []
  const image = await client.images.upload(await openAsBlob(path, { type: 'image/png' }), {
    fileName: 'large.png',
    title: 'Größe',
    onProgress: step => steps.push(step),
  })
  t.match(image, { bytes: bytes.length, sha256: sha256(bytes), fileName: 'large.png', title: 'Größe' })
  t.ok(steps.length > 10)
  t.ok(
    steps.every(({ sent }, index) => sent > (steps[index - 1]?.sent ?? 0)),
    'it grows',
  )
  const last = steps.at(-1)
  t.equal(last?.sent, last?.total, 'it ends with all that there is to send')
})

t.test('a file that the service refuses is a problem', async t => {
  const { client } = await aClient()
  const text = new Blob(['no picture'])
  await t.rejects(client.images.upload(text), { name: 'Problem', status: 415, code: 'unsupported_image' })
  await t.rejects(client.images.upload(text, { onProgress: () => undefined }), { code: 'unsupported_image' })
  await t.rejects(client.images.upload(await aFile(), { tags: ['\n'] }), { status: 400, code: 'invalid_request' })
})

t.test('an upload is repeated when the service is busy, and when its answer was lost', async t => {
  const { client, line } = await aClient()
  line.next(/images/, busy(), lost)
  const image = await client.images.upload(await aFile())
  t.equal(line.sent.length, 3)
  t.match(await owner.gets(`/v1/images/${image.id}`), { status: 200 })
})

t.test('an upload with progress begins again with a new access token', async t => {
  const { client, line } = await aClient()
  line.next(/POST .v1.sessions$/, expired)
  await client.session.signIn({ email: 'owner@example.com', password: "owner's own password" })
  line.next(/images/, async () => Response.json({ status: 401, code: 'unauthenticated' }, { status: 401 }))
  const steps: Progress[] = []
  const { ownerId } = await client.images.upload(await aFile(), { onProgress: step => steps.push(step) })
  t.equal(ownerId, owner.id)
  t.equal(steps.at(-1)?.sent, steps.at(-1)?.total)
})

t.test('a signal ends an upload', async t => {
  const { client } = await aClient()
  const stop = new AbortController()
  const bytes = new Blob([new Uint8Array(20_000_000)])
  const upload = client.images.upload(bytes, {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('the wrong one')),
  })
  await t.rejects(upload, { message: 'the wrong one' })
  await t.rejects(client.images.upload(bytes, { signal: stop.signal }), { message: 'the wrong one' })
})
