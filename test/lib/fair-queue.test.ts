import t from 'tap'
import { FairQueue, QueueFullError } from '../../src/lib/fair-queue.ts'

type LaneName = 'first' | 'last'

/** A queue that runs one job at once, whose jobs note their names when they run. */
function notingQueue(bounds = { ofOne: 10, ofAll: 20 }) {
  const queue = new FairQueue<LaneName>(['first', 'last'], 1, bounds)
  const ran: string[] = []
  const add = (lane: LaneName, client: string, name = client) =>
    queue.run(async () => void ran.push(name), { lane, client })
  return { ran, add }
}

t.test('clients take turns, each in the order of its jobs', async t => {
  const { ran, add } = notingQueue()
  const jobs = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map(name => add('first', name.charAt(0), name))
  await Promise.all(jobs)
  t.same(ran, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
})

t.test('the first lane comes before the last one, which gets every fourth turn', async t => {
  const { ran, add } = notingQueue()
  const jobs = Array.from({ length: 8 }, (_, i) => [add('last', 'l'), add('first', `f${i}`, 'f')]).flat()
  await Promise.all(jobs)
  t.equal(ran.slice(0, 10).filter(name => name === 'l').length, 3, 'the job that came first, and two turns')
  t.equal(ran.length, 16)
})

t.test('a client may have a bounded number of jobs', async t => {
  const { ran, add } = notingQueue({ ofOne: 2, ofAll: 20 })
  const jobs = await Promise.allSettled(['a', 'a', 'a', 'a', 'b'].map(client => add('first', client)))
  t.same(
    jobs.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  t.ok((jobs[3] as PromiseRejectedResult).reason instanceof QueueFullError)
  t.same(ran, ['a', 'a', 'b', 'a'])
})

t.test(
  'when all jobs together are too many, a client with fewer jobs displaces one of the client with the most',
  async t => {
    const { ran, add } = notingQueue({ ofOne: 10, ofAll: 4 })
    const jobs = await Promise.allSettled(
      ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'a6'].map(name => add('first', name.charAt(0), name)),
    )
    t.same(ran, ['a1', 'a2', 'b1', 'a3', 'b2'])
    t.equal(jobs.filter(({ status }) => status === 'rejected').length, 3)
  },
)

t.test('a job that fails gives its turn to the next one', async t => {
  const { ran, add } = notingQueue()
  const queue = new FairQueue<LaneName>(['first', 'last'], 1, { ofOne: 1, ofAll: 1 })
  await t.rejects(
    queue.run(() => Promise.reject(new Error('broken')), { lane: 'first', client: 'a' }),
    { message: 'broken' },
  )
  t.equal(await queue.run(async () => 'done', { lane: 'last', client: 'b' }), 'done')
  await add('last', 'l')
  t.same(ran, ['l'])
})
