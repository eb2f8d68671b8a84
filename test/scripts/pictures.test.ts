/** This file has a process of its own: a service allows sharp no SVG, which the pictures are painted from. */
import sharp from 'sharp'
import t from 'tap'
import { COLLECTION } from '../../scripts/seed/collection/collection.ts'
import { fileNameOf, fileOf } from '../../scripts/seed/pictures/picture.ts'

t.test('the pictures are fifty different files with names, descriptions and owners', async t => {
  const files = await Promise.all(COLLECTION.map(fileOf))
  t.equal(files.length, 50)
  t.equal(new Set(files.map(String)).size, 50)
  t.equal(new Set(COLLECTION.map(fileNameOf)).size, 50)
  t.equal(COLLECTION.filter(({ isPrivate }) => isPrivate).length, 3)
  for (const [i, { title, altText, tags, ratio, format = 'jpeg' }] of COLLECTION.entries()) {
    const [across = 1, down = 1] = ratio.split(':').map(Number)
    const { width, height, format: found } = await sharp(files[i]).metadata()
    t.equal((width / height).toFixed(2), (across / down).toFixed(2), title)
    t.equal(found, format, title)
    t.ok(altText.length > 20 && tags.length > 0, title)
  }
})

t.test('a picture is painted the same each time, and has more than one colour', async t => {
  for (const picture of COLLECTION.slice(0, 3)) {
    const [file, again] = await Promise.all([fileOf(picture), fileOf(picture)])
    t.same(file, again, picture.title)
    const { channels } = await sharp(file).stats()
    t.ok(Math.max(...channels.map(({ stdev }) => stdev)) > 5, picture.title)
  }
})
