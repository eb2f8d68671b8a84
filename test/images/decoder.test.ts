import t from 'tap'
import { Decoder } from '../../src/images/decoder.ts'

t.test('when the decoding queue is full, the next request is refused with Retry-After', async t => {
  const decoder = new Decoder(1_000_000, 1, 1)
  let finish: (() => void) | undefined
  const first = decoder.schedule(() => new Promise<void>(resolve => (finish = resolve)))
  const second = decoder.schedule(async () => 'done')
  await t.rejects(
    decoder.schedule(async () => undefined),
    { code: 'unavailable', headers: { 'retry-after': '2' } },
  )
  finish?.()
  await first
  t.equal(await second, 'done')
  t.equal(await decoder.schedule(async () => 'again'), 'again')
})
