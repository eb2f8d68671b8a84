import t from 'tap'
import { renditionOf, variantOf } from '../../../src/images/renditions/rendition.ts'

type Query = Parameters<typeof renditionOf>[0]
const image = {
  width: 1000,
  height: 500,
  hasAlpha: false,
  animated: false,
  mediaType: 'image/png',
  orientation: 1,
}
const SIZES = [50, 100, 400]
/** The key of the rendition of an image for a query. */
const variant = (query: Query, of = image, sizes = SIZES) =>
  variantOf(renditionOf(query, undefined, of, { sizes, animationPixels: 0 }))

t.test('sizes are rounded up to the configured ones, without enlarging the image', t => {
  const cases: [Query, string][] = [
    [{ width: 60 }, 'inside-100x50'],
    [{ width: 100, height: 400 }, 'inside-100x50'],
    [{ height: 50 }, 'inside-100x50'],
    [{ width: 100, fit: 'cover' }, 'inside-100x50'],
    [{ height: 50, fit: 'contain' }, 'inside-100x50'],
    [{ width: 99_999 }, 'inside-400x200'],
    [{}, 'inside-400x200'],
    [{ width: 30, dpr: 3 }, 'inside-100x50'],
    [{ width: 40, dpr: 1.5 }, 'inside-100x50'],
    [{ dpr: 2 }, 'inside-400x200'],
  ]
  for (const [query, expected] of cases) t.equal(variant(query), `${expected}.jpeg`, JSON.stringify(query))
  t.equal(variant({ width: 100 }, { ...image, width: 70, height: 49_000 }), 'inside-1x400.jpeg')
  t.end()
})

t.test('a crop keeps the ratio asked for, and is the largest that fits where the image is too small', t => {
  const photo = { ...image, width: 1200, height: 900 }
  const ladder = [160, 320, 640, 960, 1280, 1920, 2560]
  const cases: [Query, typeof image, string][] = [
    [{ width: 300, height: 200 }, photo, '320x213'],
    [{ width: 200, height: 300 }, photo, '213x320'],
    [{ width: 160, height: 90 }, photo, '160x90'],
    [{ width: 100, height: 100, dpr: 3 }, photo, '320x320'],
    [{ width: 1000, height: 1000 }, photo, '900x900'],
    [{ width: 1280, height: 720 }, photo, '1200x675'],
    [{ width: 500, height: 1000 }, photo, '450x900'],
    [{ width: 99_999, height: 1 }, photo, '1200x5'],
    [{ width: 300, height: 200 }, { ...image, width: 3, height: 1 }, '2x1'],
    [{ width: 300, height: 200 }, { ...image, width: 1, height: 1 }, '1x1'],
  ]
  for (const [query, of, size] of cases)
    t.equal(variant({ ...query, fit: 'cover' }, of, ladder), `cover-${size}.jpeg`, JSON.stringify(query))
  for (const [width, height] of [
    [375, 211],
    [414, 896],
    [1200, 630],
    [2100, 900],
    [728, 90],
  ] as const) {
    const size = renditionOf(
      { width, height, fit: 'cover' },
      undefined,
      { ...photo, width: 9000, height: 9000 },
      { sizes: ladder, animationPixels: 0 },
    )
    const longer = Math.max(size.width, size.height)
    t.ok(Math.abs(size.width / longer - width / Math.max(width, height)) < 1 / 400, `${width}x${height}`)
    t.ok(Math.abs(size.height / longer - height / Math.max(width, height)) < 1 / 400, `${width}x${height}`)
  }
  t.end()
})

t.test('a canvas keeps the ratio asked for, and is not larger than the image needs it', t => {
  const cases: [Query, string][] = [
    [{ width: 400, height: 400 }, '400x400'],
    [{ width: 300, height: 200 }, '400x267'],
    [{ width: 100, height: 400, background: 'black' }, '100x400-black'],
    [{ width: 50, height: 50, background: 'white' }, '50x50'],
    [{ width: 50, height: 50, background: 'transparent' }, '50x50'],
  ]
  for (const [query, expected] of cases)
    t.equal(variant({ ...query, fit: 'contain' }), `contain-${expected}.jpeg`, JSON.stringify(query))
  const tiny = { ...image, width: 10, height: 5 }
  t.equal(variant({ width: 300, height: 300, fit: 'contain', format: 'webp' }, tiny), 'contain-10x10.webp')
  t.equal(
    variant({ width: 300, height: 300, fit: 'contain', format: 'png', background: 'white' }, tiny),
    'contain-10x10-white.png',
  )
  t.end()
})

t.test('parameters that make no difference do not make another rendition', t => {
  const cases: [Query, string][] = [
    [{ quality: 51 }, 'inside-400x200.jpeg'],
    [{ quality: 80 }, 'inside-400x200.jpeg'],
    [{ quality: 1 }, 'inside-400x200-q50.jpeg'],
    [{ quality: 100 }, 'inside-400x200-q95.jpeg'],
    [{ quality: 30, format: 'png' }, 'inside-400x200.png'],
    [{ background: 'black' }, 'inside-400x200.jpeg'],
  ]
  for (const [query, expected] of cases) t.equal(variant(query), expected, JSON.stringify(query))
  const clear = { ...image, hasAlpha: true }
  t.equal(variant({ background: 'black' }, clear), 'inside-400x200-black.png')
  t.equal(variant({ background: 'transparent' }, clear), 'inside-400x200.png')
  t.end()
})

t.test('the renditions that an image can have are bounded', t => {
  const variants = new Set<string>()
  for (let width = 1; width <= 500; width += 3)
    for (let height = 1; height <= 500; height += 3) variants.add(variant({ width, height, fit: 'cover' }))
  t.ok(variants.size <= 2 * 240 * SIZES.length, `${variants.size} crops`)
  t.end()
})
