import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Decoder } from '../../src/images/decoder.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../src/images/storage/upload-intents.ts'
import { inspect } from '../../src/images/upload/inspect.ts'
import { withTemporaryFolder } from '../../src/lib/temporary-folder.ts'
import { nothingIsLeft } from '../helpers/images.ts'
import { ownDatabase } from '../helpers/mongodb.ts'
import { noise, sha256 } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t, { MAX_UPLOAD_BYTES: '8000000', MAX_IMAGE_PIXELS: '8000000' })
const { asks, database } = world
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const small = await noise(64, 48)

t.test('a photograph of several MB comes back as it went', async t => {
  const bytes = await noise(2200, 1700)
  t.ok(bytes.length > 3_000_000)
  const { status, headers, body } = await ann.uploads(bytes, { title: 'Noise', tags: ['a', 'b', 'a'] })
  t.equal(status, 201)
  t.equal(headers.get('location'), body.links.self)
  t.match(body, {
    title: 'Noise',
    tags: ['a', 'b'],
    mediaType: 'image/jpeg',
    width: 2200,
    height: 1700,
    visibility: 'public',
  })
  t.equal(body.sha256, sha256(bytes))
  const file = await asks('GET', body.links.file)
  t.equal(sha256(file.bytes), sha256(bytes))
  t.equal(file.headers.get('content-type'), 'image/jpeg')
  t.match(file.headers.get('content-security-policy'), /sandbox/)
  t.equal(file.headers.get('x-content-type-options'), 'nosniff')
  t.ok(await nothingIsLeft(database.db))
})

t.test('every supported type is known by its bytes', async t => {
  for (const format of ['png', 'webp', 'gif', 'avif'] as const) {
    const { status, body } = await ann.uploads(await noise(40, 30, format))
    t.equal(status, 201, format)
    t.match(body, { mediaType: `image/${format}`, width: 40, height: 30 }, format)
  }
})

t.test('the same bytes of the same owner are one image, however many come at once', async t => {
  const bytes = await noise(90, 90)
  const answers = await Promise.all(Array.from({ length: 12 }, () => bob.uploads(bytes)))
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.same(answers.map(({ status }) => status).sort(), [...Array(11).fill(200), 201])
  t.equal((await ann.uploads(bytes)).status, 201, 'another owner has an image of his own')
  t.ok(await nothingIsLeft(database.db))
})

const CRLF = '\r\n'
const part = (name: string, value: string | Buffer, fileName?: string) => [
  `--b${CRLF}content-disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}${CRLF}${CRLF}`,
  value,
  CRLF,
]
const _file = (bytes: string | Buffer, fileName = 'x.jpg') => part('file', bytes, fileName)

t.test('pages neither repeat nor hide anything while others upload', async t => {
  const owner = await world.signsUp('pages')
  for (let i = 0; i < 7; i++) await owner.uploads(await noise(20 + i, 20))
  const seen: string[] = []
  let cursor = ''
  for (let turn = 0; turn < 9 && (turn === 0 || cursor); turn++) {
    const { body } = await asks('GET', `/v1/images?owner=${owner.id}&limit=3${cursor && `&cursor=${cursor}`}`)
    seen.push(...body.items.map((item: { id: string }) => item.id))
    cursor = body.nextCursor ?? ''
    if (turn === 0) await owner.uploads(await noise(50, 51))
  }
  t.equal(seen.length, 7)
  t.equal(new Set(seen).size, 7)
})

t.test("what the decoder says is not told, and its own faults are not the sender's", async t => {
  const cut = await ann.uploads(small.subarray(0, small.length / 2))
  t.match(cut, { status: 422, body: { code: 'corrupt_image' } })
  t.notMatch(cut.body.detail, /tmp|glance|sent/)
  await withTemporaryFolder(async folder => {
    const path = join(folder, 'sent')
    await writeFile(path, small)
    class Forgetful extends Decoder {
      override open() {
        return super.open(join(folder, 'gone'))
      }
    }
    await t.rejects(inspect(path, new Forgetful(1_000_000)), { message: /missing/, code: undefined })
    class Slow extends Decoder {
      override open(): never {
        throw new Error('timeout: 3% complete')
      }
    }
    await t.rejects(inspect(path, new Slow(1_000_000)), { code: 'unavailable' })
  })
})

t.test('a sweep removes what a dead process left, and what wakes up after it is refused', async t => {
  const own = await ownDatabase(t)
  const intents = new UploadIntents(own.client, own.db, new Blobs(own.db), 600_000)
  const later = Date.now() + 21 * 60_000
  const asleep = intents.withDraft(async ({ blob, place }) => {
    await blob.write(Buffer.alloc(2_000_000))
    await blob.settle()
    t.equal(await intents.sweep(), 0, 'a young upload is left alone')
    t.equal(await intents.sweep(later), 1)
    t.ok(await nothingIsLeft(own.db))
    await blob.write(Buffer.alloc(2_000_000))
    await blob.end()
    await place({ imageId: 'none', kind: 'original' }, async () => undefined)
  })
  await t.rejects(asleep, { code: 'unavailable' })
  t.ok(await nothingIsLeft(own.db), 'what it wrote after it woke up is gone as well')
})
