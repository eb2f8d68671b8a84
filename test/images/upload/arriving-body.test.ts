import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { mock } from 'node:test'
import t from 'tap'
import { watchForAbort } from '../../../src/images/upload/arriving-body.ts'

t.test('a body is limited in time while it arrives, and no longer', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const watched = () => {
    const raw = new PassThrough()
    return { raw, signal: watchForAbort(raw as unknown as IncomingMessage, 1_000, 'invalid_request').signal }
  }
  const [late, whole] = [watched(), watched()]
  whole.raw.resume().end()
  await once(whole.raw, 'close')
  mock.timers.tick(1_000)
  t.match(late.signal.reason, { code: 'request_timeout' })
  t.notOk(whole.signal.aborted)
})
