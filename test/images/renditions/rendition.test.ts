import t from 'tap'
import { renditionOf } from '../../../src/images/renditions/rendition.ts'

t.test('sizes are rounded up to the configured ones, without enlarging the image', t => {
  const image = { width: 1000, height: 500, hasAlpha: false }
  const cases: [Parameters<typeof renditionOf>[0], string][] = [
    [{ width: 60 }, 'inside 100x50'],
    [{ width: 100, height: 400 }, 'inside 100x50'],
    [{ height: 50 }, 'inside 100x50'],
    [{ width: 100, fit: 'cover' }, 'inside 100x50'],
    [{ width: 99_999 }, 'inside 400x200'],
    [{}, 'inside 400x200'],
    [{ width: 30, height: 70, fit: 'cover' }, 'cover 50x100'],
    [{ width: 500, height: 500, fit: 'cover' }, 'cover 400x400'],
  ]
  for (const [query, expected] of cases) {
    const { fit, width, height } = renditionOf(query, undefined, image, [50, 100, 400])
    t.equal(`${fit} ${width}x${height}`, expected, JSON.stringify(query))
  }
  const tall = renditionOf({ width: 100 }, undefined, { width: 70, height: 49_000, hasAlpha: false }, [50, 100, 400])
  t.match(tall, { width: 1, height: 400 })
  t.end()
})

t.test('the Accept header selects the format when the query names none', t => {
  const cases: [string | undefined, boolean, string][] = [
    ['image/avif,image/webp,image/*,*/*;q=0.8', false, 'webp'],
    ['image/avif, image/*;q=0.5', false, 'avif'],
    ['image/webp;q=0.3, image/avif;q=0.9', false, 'avif'],
    ['image/webp;q=0, */*', false, 'jpeg'],
    ['*/*', true, 'png'],
    [undefined, false, 'jpeg'],
    ['nonsense;;q=,', false, 'jpeg'],
  ]
  for (const [accept, hasAlpha, format] of cases) {
    t.equal(renditionOf({}, accept, { width: 9, height: 9, hasAlpha }, [50]).format, format, String(accept))
  }
  t.end()
})
