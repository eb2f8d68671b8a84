import t from 'tap'
import { AnswerCache } from '../../src/stats/answer-cache.ts'

t.test('who asks for what is being worked out waits for the same answer; a failure is not kept', async t => {
  const kept = new AnswerCache<number>()
  let worked = 0
  const work = async () => {
    await new Promise(resolve => setImmediate(resolve))
    return ++worked
  }
  t.same(await Promise.all([kept.get('a', work), kept.get('a', work), kept.get('b', work)]), [1, 1, 2])
  t.equal(await kept.get('a', work), 1)
  const failing = () => Promise.reject(new Error('not now'))
  await t.rejects(Promise.all([kept.get('c', failing), kept.get('c', work)]), /not now/)
  t.equal(await kept.get('c', work), 3)
})
