import fc from 'fast-check'
import t from 'tap'
import { dispositionOf } from '../../../src/images/upload/content-disposition.ts'
import { FORM_END, FORM_TYPE, part, sendUpload } from '../../helpers/images/multipart.ts'
import { noise } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t)
const ann = await world.signsUp('ann')

/** The octets of UTF-8 as characters, as the parser hands on headers. */
const octets = (text: string) => Buffer.from(text).toString('latin1')
const fileNameOf = (parameters: string) => dispositionOf(octets(`form-data; name="file"${parameters}`))?.fileName
const percentEncoded = (bytes: Buffer) => [...bytes].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** Sends an image whose part has these parameters behind its name. @returns status and body */
async function send(parameters: string) {
  const [head, ...rest] = part('file', await noise(30, 20))
  const disposed = String(head).replace('name="file"', `name="file"${parameters}`)
  const answer = await sendUpload(world.url, ann.token, FORM_TYPE, [disposed, ...rest, FORM_END])
  return {
    status: Number(answer.slice(9, 12)),
    body: JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)),
  }
}

t.test('the file name of an upload is what its client means', async t => {
  const cases: [parameters: string, fileName: string][] = [
    ['; filename="plain.jpg"', 'plain.jpg'],
    ['; filename=plain.jpg', 'plain.jpg'],
    [`; filename="plain.jpg"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.jpg`, 'naïve €.jpg'],
    [`; filename*=UTF-8''na%C3%AFve.jpg; filename="plain.jpg"`, 'naïve.jpg'],
    [`; filename=plain.jpg; filename*=utf-8'de'stra%c3%9fe.jpg`, 'straße.jpg'],
    [`; filename="plain.jpg"; FileName*=iso-8859-1''caf%E9.jpg`, 'café.jpg'],
    [`; filename="plain.jpg"; filename*="UTF-8''%E2%82%AC.jpg"`, '€.jpg'],
    [`; filename*=UTF-8''%E2%82%AC.jpg`, '€.jpg'],
    // As browsers and curl write them.
    ['; filename="grüße 🌲.jpg"', 'grüße 🌲.jpg'],
    ['; filename="a %22b%22.jpg"', 'a "b".jpg'],
    ['; filename="a \\"b\\"; c=d.jpg"', 'a "b"; c=d.jpg'],
    ['; filename="100%.jpg"', '100%.jpg'],
    // Faulty extended names.
    [`; filename="plain.jpg"; filename*=UTF-8''%C3%28.jpg`, 'plain.jpg'],
    [`; filename="plain.jpg"; filename*=UTF-8''50%.jpg`, 'plain.jpg'],
    [`; filename="plain.jpg"; filename*=KOI8-R''%C1.jpg`, 'plain.jpg'],
    ['; filename="plain.jpg"; filename*=nothing', 'plain.jpg'],
    [`; filename="plain.jpg"; filename*=UTF-8''`, 'plain.jpg'],
    [`; filename="plain.jpg"; filename*=UTF-8''..%2F..`, 'plain.jpg'],
    // Folders.
    ['; filename="C:\\photos\\lake.jpg"', 'lake.jpg'],
    ['; filename="../../lake.jpg"', 'lake.jpg'],
    [`; filename="x"; filename*=UTF-8''..%2F..%5Clake.jpg`, 'lake.jpg'],
    ['; filename=".."', ''],
    ['; filename=""', ''],
    // Control characters.
    ['; filename="a%0D%0Ab.jpg"', 'a__b.jpg'],
    [`; filename="x"; filename*=UTF-8''a%00%1B%C2%85.jpg`, 'a___.jpg'],
  ]
  for (const [parameters, fileName] of cases) {
    const { status, body } = await send(parameters)
    t.equal(status, 201, parameters)
    t.equal(body.fileName, fileName, parameters)
  }
})

t.test('a disposition that can not be parsed is refused', async t => {
  const cases = ['; filename="a', '; filename="a"; filename="b"', '; filename="a"b"', '; filename', '; name="title"']
  for (const parameters of cases) {
    const { status, body } = await send(parameters)
    t.equal(status, 400, parameters)
    t.match(body, { code: 'malformed_multipart', detail: /content-disposition/ }, parameters)
  }
})

const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter(name => !/[/\\\p{Cc}]|^\.{1,2}$/u.test(name))
/** The ways to write a name, and whether both may stand in one header. */
const quoted = (name: string) => `filename="${name.replace(/["\\]/g, '\\$&')}"`
const browser = (name: string) => `filename="${name.replaceAll('"', '%22')}"`
const extended = (name: string) => `filename*=UTF-8''${percentEncoded(Buffer.from(name))}`
const latin1 = (name: string) => `filename*=ISO-8859-1'en'${percentEncoded(Buffer.from(name, 'latin1'))}`

t.test('any name is read as it was written, in each form and in either order', t => {
  const isUnambiguous = (name: string) => !/%22|%0[ad]/i.test(name)
  fc.assert(
    fc.property(names.filter(isUnambiguous), names.filter(isUnambiguous), fc.boolean(), (name, other, isFirst) => {
      t.equal(fileNameOf(`; ${quoted(name)}`), name)
      t.equal(fileNameOf(`;${browser(name)}`), name)
      const both = [extended(name), quoted(other)]
      t.equal(fileNameOf(`; ${(isFirst ? both : both.reverse()).join(' ; ')}`), name)
    }),
  )
  const latin = fc.string({
    unit: fc.integer({ min: 0xa0, max: 0xff }).map(code => String.fromCharCode(code)),
    minLength: 1,
  })
  fc.assert(fc.property(latin, name => t.equal(fileNameOf(`; filename="x"; ${latin1(name)}`), name)))
  t.end()
})

t.test('whatever a header contains, a file name is short and has no folders or control characters', t => {
  const piece = fc.oneof(
    fc.constantFrom(
      '; ',
      'filename',
      'filename*',
      '=',
      '"',
      '\\',
      "UTF-8''",
      "iso-8859-1''",
      '%',
      '%2F',
      '%00',
      '%c3%a9',
      '..',
      '/',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const headers = fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join(''))
  fc.assert(
    fc.property(headers, header => {
      try {
        const fileName = fileNameOf(`; filename="${header}`) ?? ''
        t.notMatch(fileName, /[/\\\p{Cc}]|^\.{1,2}$/u)
        t.ok(Array.from(fileName).length <= 255)
      } catch (error) {
        t.match(error, { code: 'malformed_multipart' })
      }
    }),
    { numRuns: 2000 },
  )
  const long = 'é'.repeat(20_000)
  t.equal(fileNameOf(`; filename="x"; ${extended(`${long}.jpg`)}`), `${'é'.repeat(251)}.jpg`)
  t.equal(fileNameOf(`; filename="${'\\'.repeat(80_000)}"`), '')
  t.throws(() => fileNameOf(`; filename="${'a; b="'.repeat(13_000)}`), { code: 'malformed_multipart' })
  t.end()
})
