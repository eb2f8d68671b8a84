import t from 'tap'
import { preferredFormat } from '../../../src/images/renditions/format.ts'

t.test('the weights in Accept decide among all formats', t => {
  const cases: [string | undefined, boolean, string][] = [
    ['image/avif,image/webp,image/*,*/*;q=0.8', false, 'webp'],
    ['image/avif, image/*;q=0.5', false, 'avif'],
    ['image/webp;q=0.3, image/avif;q=0.9', false, 'avif'],
    ['image/webp;q=0, */*', false, 'jpeg'],
    ['image/webp;q=0.3, image/jpeg', false, 'jpeg'],
    ['image/webp;q=0.3, */*;q=0.8', false, 'jpeg'],
    ['image/webp;q=0.3', false, 'webp'],
    ['image/png', false, 'png'],
    ['IMAGE/PNG ; Q=0.9 , image/jpeg;q=0.8', false, 'png'],
    ['image/jpeg', true, 'jpeg'],
    ['image/jpeg;q=0, */*', false, 'png'],
    ['image/png;q=0, image/jpeg;q=0, image/*', true, 'webp'],
    ['image/*;q=0, */*', false, 'jpeg'],
    ['image/webp;q=0.5, image/*;q=0.5', false, 'webp'],
    ['image/webp;level=1;q=0.9, image/jpeg;q=0.8', false, 'webp'],
    ['image/webp;q=9, image/avif', false, 'webp'],
    ['*/*', true, 'png'],
    ['text/html', false, 'jpeg'],
    ['image/webp;q=0', true, 'png'],
    ['', false, 'jpeg'],
    [undefined, false, 'jpeg'],
    ['nonsense;;q=,', false, 'jpeg'],
  ]
  for (const [accept, hasAlpha, format] of cases)
    t.equal(preferredFormat(accept, { hasAlpha, isAnimatable: false }), format, String(accept))
  t.end()
})

t.test('for an animatable image WebP comes first of equal weights', t => {
  const cases: [string | undefined, string][] = [
    [undefined, 'webp'],
    ['*/*', 'webp'],
    ['image/avif, image/*', 'webp'],
    ['image/avif, image/webp, */*;q=0.8', 'webp'],
    ['image/png, image/*;q=0.8', 'png'],
    ['image/webp;q=0, */*', 'jpeg'],
    ['text/html', 'webp'],
  ]
  for (const [accept, format] of cases)
    t.equal(preferredFormat(accept, { hasAlpha: false, isAnimatable: true }), format, String(accept))
  t.end()
})
