import t from 'tap'
import { atMost } from '../../src/dashboard/api/at-most.ts'

t.test('each item has its job done, no more than so many at once', async t => {
  const done: number[] = []
  let running = 0
  let most = 0
  await atMost(3, [1, 2, 3, 4, 5, 6, 7], async item => {
    running++
    most = Math.max(most, running)
    await new Promise(resolve => setImmediate(resolve))
    running--
    done.push(item)
  })
  t.same(done, [1, 2, 3, 4, 5, 6, 7])
  t.equal(most, 3)
})

t.test('a job that fails is reported', async t => {
  const failing = atMost(2, [1, 2, 3], async item => {
    if (item === 2) throw new Error('no')
  })
  await t.rejects(failing, { message: 'no' })
})

t.test('nothing is done for no items', async t => {
  const done: number[] = []
  await atMost(2, [], async (item: number) => void done.push(item))
  t.same(done, [])
})
