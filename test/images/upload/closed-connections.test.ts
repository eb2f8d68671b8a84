import t from 'tap'
import { aWire } from '../../helpers/database/wire.ts'
import { noUploadIsLeft, workFolders } from '../../helpers/images/leftovers.ts'
import { beginUpload } from '../../helpers/images/multipart.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { openWorld } from '../../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, { MONGODB_URI: wire.uri })
const { database } = world
const ann = await world.signsUp('ann')

/** The ways in which a client closes its connection behind the last byte of its upload. */
const CLOSES = {
  closes: 'destroySoon',
  'half-closes, and waits for the answer,': 'end',
  resets: 'resetAndDestroy',
} as const

/** The connection of a client that sends a whole upload at once. */
async function sendsWholeUpload(bytes: Buffer) {
  const socket = await beginUpload(world.url, ann.token, bytes)
  t.teardown(() => socket.destroy())
  return socket
}

/** Holds back the beginning of uploads, so that connections close before the service reads them. */
function holdUploads() {
  let begun = 0
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  wire.onReply = async command => {
    if (command.insert === 'uploads') {
      begun++
      await released
    }
    return 'pass'
  }
  return { begun: () => begun, release }
}

for (const [words, close] of Object.entries(CLOSES)) {
  t.test(`an upload whose client ${words} behind the last byte ends or goes on at once`, async t => {
    for (const side of [8, 400]) {
      const uploads = holdUploads()
      const bytes = await Promise.all(Array.from({ length: 4 }, () => noise(side, side)))
      const sockets = await Promise.all(bytes.map(sendsWholeUpload))
      await until('the uploads have begun', async () => uploads.begun() === sockets.length)
      for (const socket of sockets) socket[close]()
      // The service has seen the closes when it answers another connection.
      await world.asks('GET', '/livez')
      uploads.release()
      await until('no upload is left', async () => (await noUploadIsLeft(database.db)) && (await workFolders()) === 0)
      t.pass(`${side} pixels`)
    }
    wire.onReply = () => 'pass'
  })
}
