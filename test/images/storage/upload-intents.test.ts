import t from 'tap'
import { Blobs } from '../../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../../src/images/storage/upload-intents.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { noUploadIsLeft } from '../../helpers/images/leftovers.ts'

t.test('a sweep removes the upload of a dead process, and a process that resumes after it is refused', async t => {
  const own = await ownDatabase(t)
  const intents = new UploadIntents(own.client, own.db, new Blobs(own.db), 600_000)
  const later = Date.now() + 21 * 60_000
  const suspended = intents.withDraft(async ({ blob, place }) => {
    await blob.write(Buffer.alloc(2_000_000))
    await blob.settle()
    t.equal(await intents.sweep(), 0, 'a recent upload is left alone')
    t.equal(await intents.sweep(later), 1)
    t.ok(await noUploadIsLeft(own.db))
    await blob.write(Buffer.alloc(2_000_000))
    await blob.end()
    await place({ imageId: 'none', kind: 'original' }, async () => undefined)
  })
  await t.rejects(suspended, { code: 'unavailable' })
  t.ok(await noUploadIsLeft(own.db), 'what it wrote after it resumed is removed as well')
})
