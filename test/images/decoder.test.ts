import t from 'tap'
import { Decoder } from '../../src/images/decoder.ts'

/** A decoder that decodes one image at once, and whose callers may have two tasks waiting; it is busy until it is released. */
function busyDecoder() {
  const decoder = new Decoder(1_000_000, 1, 2)
  const done: string[] = []
  let release: () => void = () => undefined
  const busy = new Promise<void>(resolve => {
    release = resolve
  })
  void decoder.schedule(() => busy, { caller: 'somebody' })
  return {
    done,
    release,
    asks: (caller: string, name: string, more: { urgent?: boolean; signal?: AbortSignal } = {}) =>
      decoder.schedule(async () => done.push(name), { caller, ...more }),
  }
}

t.test('a caller with too many waiting tasks is refused with Retry-After, others are not', async t => {
  const { asks, release, done } = busyDecoder()
  const waiting = [asks('ann', 'a1'), asks('ann', 'a2')]
  await t.rejects(asks('ann', 'a3'), { code: 'unavailable', headers: { 'retry-after': '2' } })
  waiting.push(asks('bob', 'b1'), asks('ann', 'an upload', { urgent: true }))
  release()
  await Promise.all(waiting)
  t.same(done, ['an upload', 'a1', 'b1', 'a2'])
  await asks('ann', 'again')
  t.equal(done.at(-1), 'again')
})

t.test('the number of waiting tasks is bounded in all', async t => {
  const { asks, release } = busyDecoder()
  const waiting = Array.from({ length: 256 }, (_, i) => asks(`caller ${i}`, 'a task'))
  await t.rejects(asks('one more', 'a task'), { code: 'unavailable' })
  release()
  await Promise.all(waiting)
})

t.test('callers take turns, and uploads go before renditions', async t => {
  const { asks, release, done } = busyDecoder()
  const waiting = [
    asks('ann', 'a1'),
    asks('ann', 'a2'),
    asks('bob', 'b1'),
    asks('cleo', 'upload 1', { urgent: true }),
    asks('cleo', 'upload 2', { urgent: true }),
    asks('bob', 'upload 3', { urgent: true }),
  ]
  release()
  await Promise.all(waiting)
  t.same(done, ['upload 1', 'upload 3', 'upload 2', 'a1', 'b1', 'a2'])
})

t.test('a task whose client leaves is taken out of the queue', async t => {
  const { asks, release, done } = busyDecoder()
  const client = new AbortController()
  const { signal } = client
  const left = [asks('ann', 'a1', { signal }), asks('ann', 'a2', { signal })]
  const gone = new Error('gone')
  client.abort(gone)
  for (const task of left) await t.rejects(task, gone)
  await t.rejects(asks('ann', 'a3', { signal }), gone, 'one that has left already')
  const stays = asks('ann', 'a4')
  release()
  await stays
  t.same(done, ['a4'])
})

t.test('a task that fails does not stop the queue', async t => {
  const decoder = new Decoder(1_000_000, 1)
  await t.rejects(
    decoder.schedule(async () => Promise.reject(new Error('broken')), { caller: 'ann' }),
    { message: 'broken' },
  )
  t.equal(await decoder.schedule(async () => 'fine', { caller: 'ann' }), 'fine')
})
