import sharp from 'sharp'
import t from 'tap'
import { jpegSegment, withSegments } from '../../helpers/images/parts.ts'
import { strip } from '../../helpers/images/strip.ts'
import { noise, pixels } from '../../helpers/pictures.ts'

const MODES = ['gps', 'all'] as const

t.test('a JPEG segment is kept by its identifier, not by its marker alone', async t => {
  const jpeg = await noise(32, 24)
  const annotated = withSegments(
    jpeg,
    jpegSegment(0xed, 'Photoshop 3.0\0 City: secret'),
    jpegSegment(0xe0, 'GPS0 secret'),
    jpegSegment(0xee, 'GPS1 secret'),
    jpegSegment(0xe2, 'GPS2 secret'),
    jpegSegment(0xe2, 'MPF\0 secret'),
    jpegSegment(0xf0, 'a secret behind a reserved marker'),
    jpegSegment(0x02, 'a secret behind a reserved marker'),
    jpegSegment(0xee, 'Adobe\0 the colours'),
  )
  for (const mode of MODES) {
    const left = await strip(annotated, mode)
    t.notOk(left.includes('secret'), mode)
    t.ok(left.includes('the colours'), mode)
  }
})

t.test('the thumbnails of JFIF and the images after the end are removed', async t => {
  const jpeg = await noise(32, 24)
  const jfif = (width: number, height: number, thumbnail: string) => {
    const size = Buffer.from([width, height])
    return jpegSegment(
      0xe0,
      Buffer.concat([Buffer.from('JFIF\0\u0001\u0002\0\0\u0001\0\u0001'), size, Buffer.from(thumbnail)]),
    )
  }
  const extension = jpegSegment(0xe0, 'JFXX\0\u0010a secret')
  const annotated = Buffer.concat([withSegments(jpeg, jfif(7, 1, 'a secret thumbnail...'), extension), jpeg])
  const plain = withSegments(jpeg, jfif(0, 0, ''))
  for (const mode of MODES) t.ok((await strip(annotated, mode)).equals(plain), mode)
})

t.test('bytes between the segments of a JPEG are removed, as decoders skip them', async t => {
  const jpeg = await noise(32, 24)
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  const slack = Buffer.from('a secret \u00ff\0 place', 'latin1')
  const [head, body] = [jpeg.subarray(0, frame), jpeg.subarray(frame)]
  for (const between of [slack, Buffer.from([0xff, 0xff, 0xff]), Buffer.from([1]), Buffer.from([0xff, 0])]) {
    const loose = Buffer.concat([head, between, body.subarray(0, -2), between, body.subarray(-2)])
    for (const mode of MODES) {
      const left = await strip(loose, mode)
      t.ok(left.subarray(0, jpeg.length - 2).equals(jpeg.subarray(0, -2)), mode)
      const decoded = await sharp(loose, { failOn: 'error' }).raw().toBuffer()
      t.ok((await pixels(left)).equals(decoded), mode)
    }
  }
  const endless = jpeg.subarray(0, -2)
  t.ok((await strip(endless, 'gps')).equals(endless), 'a JPEG may lack the marker of its end')
})
