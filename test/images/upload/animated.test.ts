import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Decoder } from '../../../src/images/decoding/decoder.ts'
import { inspect } from '../../../src/images/upload/inspect.ts'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'
import { pngChunk, withChunks } from '../../helpers/images/parts.ts'
import { noise } from '../../helpers/pictures.ts'

/** Whether an image of these bytes is said to be animated. */
const isAnimated = (bytes: Buffer) =>
  withTemporaryFolder(async folder => {
    const path = join(folder, 'picture')
    await writeFile(path, bytes)
    return (await inspect(path, new Decoder(1_000_000), { client: 'ann' })).animated
  })

t.test('an animated PNG is told by its number of frames, wherever in front of the pixels it stands', async t => {
  const png = await noise(24, 16, 'png')
  const frames = (count: number) => pngChunk('acTL', Buffer.from([0, 0, 0, count, 0, 0, 0, 0]))
  const text = pngChunk('tEXt', `Comment\0${'x'.repeat(9_000)}`)
  t.equal(await isAnimated(png), false)
  t.equal(await isAnimated(withChunks(png, [frames(3)])), true)
  t.equal(await isAnimated(withChunks(png, [text, frames(3)])), true, 'behind a long text')
  t.equal(await isAnimated(withChunks(png, [frames(1)])), false, 'with one frame')
  t.equal(await isAnimated(withChunks(png, [frames(3)], 'IEND')), false, 'behind the pixels it is ignored')
})
