import t from 'tap'
import { Decoder } from '../../src/images/decoding/decoder.ts'

/** A decoder that decodes one image at once, and whose clients may have two tasks waiting; it is busy until it is released. */
function busyDecoder() {
  const decoder = new Decoder(1_000_000, 1, { ofOne: 2, ofAll: 256 })
  const done: string[] = []
  let release: () => void = () => undefined
  const busy = new Promise<void>(resolve => {
    release = resolve
  })
  void decoder.schedule(() => busy, { client: 'somebody', lane: 'renditions' })
  return {
    done,
    release,
    asks: (client: string, name: string, more: { lane?: 'uploads'; signal?: AbortSignal } = {}) =>
      decoder.schedule(async () => done.push(name), { client, lane: 'renditions', ...more }),
  }
}

t.test('a client with too many waiting tasks is refused with Retry-After, others are not', async t => {
  const { asks, release, done } = busyDecoder()
  const waiting = [asks('ann', 'a1'), asks('ann', 'a2')]
  await t.rejects(asks('ann', 'a3'), { code: 'unavailable', headers: { 'retry-after': '2' } })
  waiting.push(asks('bob', 'b1'), asks('ann', 'an upload', { lane: 'uploads' }))
  release()
  await Promise.all(waiting)
  t.same(done, ['an upload', 'a1', 'b1', 'a2'])
  await asks('ann', 'again')
  t.equal(done.at(-1), 'again')
})

t.test('the number of waiting tasks is bounded in all', async t => {
  const { asks, release } = busyDecoder()
  const waiting = Array.from({ length: 256 }, (_, i) => asks(`client ${i}`, 'a task'))
  await t.rejects(asks('one more', 'a task'), { code: 'unavailable' })
  release()
  await Promise.all(waiting)
})

t.test('clients take turns, and uploads go before renditions, which get every fourth turn', async t => {
  const { asks, release, done } = busyDecoder()
  const waiting = [
    asks('ann', 'a1'),
    asks('ann', 'a2'),
    asks('bob', 'b1'),
    asks('cleo', 'upload 1', { lane: 'uploads' }),
    asks('cleo', 'upload 2', { lane: 'uploads' }),
    asks('bob', 'upload 3', { lane: 'uploads' }),
  ]
  release()
  await Promise.all(waiting)
  t.same(done, ['upload 1', 'upload 3', 'a1', 'upload 2', 'b1', 'a2'])
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
    decoder.schedule(async () => Promise.reject(new Error('broken')), { client: 'ann', lane: 'uploads' }),
    { message: 'broken' },
  )
  t.equal(await decoder.schedule(async () => 'fine', { client: 'ann', lane: 'uploads' }), 'fine')
})
