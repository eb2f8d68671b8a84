import fc from 'fast-check'
import t from 'tap'
import { consequenceOf, pauseAfter } from '../../src/tracker/delivery/answer.ts'
import { bodyOf, firstBatch, recent, withEvents, without } from '../../src/tracker/delivery/outbox.ts'
import { isOfDevice, timeOf, uuidV7 } from '../../src/tracker/delivery/uuid.ts'
import type { SentEvent } from '../../src/tracker/event.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 30)

function event(time = NOW, isDeviceTime = false, note = ''): SentEvent {
  return { id: uuidV7(time, isDeviceTime), type: 'view', imageId: 'i', visitorId: 'v', context: { note } }
}

t.test('an id is a UUIDv7 that tells its time, and whose clock has told it', async t => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), fc.boolean(), (time, isDeviceTime) => {
      const id = uuidV7(time + 0.3, isDeviceTime)
      t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      return timeOf(id) === time && isOfDevice(id) === isDeviceTime
    }),
    { numRuns: 50 },
  )
})

t.test('batches have up to 100 events and 60 kB, of one clock, and no event is left out', async t => {
  const sizes = fc.record({ length: fc.integer({ min: 0, max: 5_000 }), isDeviceTime: fc.boolean() })
  const property = fc.property(fc.array(sizes, { minLength: 1, maxLength: 250 }), drafts => {
    const all = drafts.map(({ length, isDeviceTime }) => event(NOW, isDeviceTime, 'ü'.repeat(length)))
    let rest = all
    const batches: SentEvent[][] = []
    while (rest.length > 0) {
      batches.push(firstBatch(rest))
      rest = without(rest, batches.at(-1) ?? [])
    }
    const fits = (batch: SentEvent[]) =>
      batch.length <= 100 &&
      Buffer.byteLength(bodyOf(batch, NOW)) < 61_000 &&
      new Set(batch.map(({ id }) => isOfDevice(id))).size === 1
    return batches.every(fits) && JSON.stringify(batches.flat()) === JSON.stringify(all)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 30 }))
})

t.test('with the time of the device its time at sending is told', async t => {
  const own = event(NOW, true)
  t.same(JSON.parse(bodyOf([own], NOW + 5)), { sentAt: new Date(NOW + 5).toISOString(), events: [own] })
  t.same(JSON.parse(bodyOf([event()], NOW + 5)).length, 1)
})

t.test('events are kept for a day by the clock that they are of, and at most a thousand', async t => {
  const [fresh, old, ofDevice] = [event(), event(NOW - DAY - 1), event(NOW - 3 * DAY, true)]
  t.same(recent([fresh, old, ofDevice], NOW, NOW - 3 * DAY), [fresh, ofDevice])
  const many = Array.from({ length: 1_000 }, () => event())
  t.same(withEvents(many, [fresh]), [...many.slice(1), fresh])
})

t.test('what is refused for good is not sent again, and what may come later is, as the service says', async t => {
  t.same([202, 400, 413].map(consequenceOf), ['done', 'done', 'done'])
  t.same([401, 403, 404].map(consequenceOf), ['never', 'never', 'never'])
  t.same([408, 429, 500, 503, undefined].map(consequenceOf), ['later', 'later', 'later', 'later', 'later'])
  t.equal(pauseAfter(1, '30'), 30_000)
  t.same(
    [1, 2, 3, 20].map(failures => pauseAfter(failures, null)),
    [2_000, 4_000, 8_000, 300_000],
  )
})
