import { deflateSync } from 'node:zlib'
import t from 'tap'
import { pngChunk, withChunks } from '../../helpers/images/parts.ts'
import { strip } from '../../helpers/images/strip.ts'
import { noise, pixels } from '../../helpers/pictures.ts'

const packed = (text: string) => deflateSync(text).toString('latin1')
const tEXt = (keyword: string, text: string) => pngChunk('tEXt', `${keyword}\0${text}`)
const zTXt = (keyword: string, text: string) => pngChunk('zTXt', Buffer.from(`${keyword}\0\0${packed(text)}`, 'latin1'))
const iTXt = (keyword: string, text: string) => pngChunk('iTXt', `${keyword}\0\0\0\0\0${text}`)

const REGISTERED = ['Title', 'Author', 'Description', 'Copyright', 'Creation Time', 'Software', 'Disclaimer']
const FOR_PEOPLE = [...REGISTERED, 'Warning', 'Source', 'Comment']
const WITH_PLACES = [
  ...['exif:GPSLatitude', 'exif:GPSInfo', 'photoshop:City', 'xmp:Location', 'Iptc4xmpCore:Location', 'Location'],
  ...['Raw profile type exif', 'Raw profile type APP1', 'Raw profile type xmp', 'Raw profile type iptc', '8bim'],
  ...['XML:com.adobe.xmp', 'comment', 'Title ', 'Titles', 'Comment:GPS', ''],
]

t.test('a PNG keeps texts with registered keywords only, and none when all metadata are removed', async t => {
  const png = await noise(20, 16, 'png')
  const texts = (keywords: string[]) =>
    keywords.flatMap(keyword => [tEXt(keyword, 'a text'), zTXt(keyword, 'a text'), iTXt(keyword, 'a text')])
  const kept = texts(FOR_PEOPLE)
  const removed = [...texts(WITH_PLACES), pngChunk('sPLT', 'a place\0\u0008'), pngChunk('caNv', 'a place')]
  for (const place of ['IDAT', 'IEND'] as const) {
    const annotated = withChunks(png, [...kept, ...removed, pngChunk('tIME', Buffer.alloc(7, 1))], place)
    t.ok((await strip(annotated, 'all')).equals(png), `all, before ${place}`)
    const left = await strip(annotated, 'gps')
    t.ok(left.equals(withChunks(png, [...kept, pngChunk('tIME', Buffer.alloc(7, 1))], place)), `gps, before ${place}`)
    t.ok((await pixels(left)).equals(await pixels(png)))
  }
})
