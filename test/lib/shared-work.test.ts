import t from 'tap'
import { SharedWork } from '../../src/lib/shared-work.ts'

/** Work that the test finishes, and that says whether it was abandoned. */
function someWork() {
  const begun: AbortSignal[] = []
  let finish: (result: string) => void = () => undefined
  const work = (signal: AbortSignal) => {
    begun.push(signal)
    return new Promise<string>((resolve, reject) => {
      finish = resolve
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }
  return { begun, work, finish: (result: string) => finish(result) }
}

t.test('work is shared, and abandoned only when the last of its callers has left', async t => {
  const shared = new SharedWork<string>()
  const { begun, work, finish } = someWork()
  const [ann, bob] = [new AbortController(), new AbortController()]
  const asked = [shared.run('key', work, ann.signal), shared.run('key', work, bob.signal)]
  ann.abort(new Error('gone'))
  await t.rejects(asked[0] as Promise<string>, { message: 'gone' })
  t.equal(begun[0]?.aborted, false)
  const third = shared.run('key', work)
  t.equal(begun.length, 1)
  finish('done')
  t.same(await Promise.all([asked[1], third]), ['done', 'done'])
})

t.test('who asks for abandoned work begins it anew', async t => {
  const shared = new SharedWork<string>()
  const { begun, work, finish } = someWork()
  const ann = new AbortController()
  const left = shared.run('key', work, ann.signal)
  ann.abort(new Error('gone'))
  const next = shared.run('key', work)
  await t.rejects(left, { message: 'gone' })
  t.same(
    begun.map(({ aborted }) => aborted),
    [true, false],
  )
  finish('done')
  t.equal(await next, 'done')
  await t.rejects(shared.run('key', work, ann.signal), { message: 'gone' }, 'one that has left already')
})
