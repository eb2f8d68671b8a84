import { connect } from 'node:net'
import t from 'tap'
import { isGateway, ownDatabase, serverUri } from '../helpers/database/mongodb.ts'

const { client, db } = await ownDatabase(t)
const { hostname, port } = new URL(serverUri())
const onlyOnGateway = { skip: !(await isGateway(db)) && 'this server is not behind the gateway' }

/** Sends bytes and waits until the server closes the connection. */
function isDisconnected(bytes: Buffer): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket
      .on('error', () => undefined)
      .on('close', () => resolve(true))
      .resume()
  })
}

function frame(length: number, opCode: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(16)
  head.writeInt32LE(length, 0)
  head.writeInt32LE(opCode, 12)
  return Buffer.concat([head, rest])
}

t.test('an invalid frame ends its own connection and no other', onlyOnGateway, async t => {
  const broken: Record<string, Buffer> = {
    'a length of zero': frame(0, 2013, Buffer.alloc(8)),
    'a negative length': frame(-5, 2013, Buffer.alloc(8)),
    'more than 48 MB': frame(48_000_001, 2013, Buffer.alloc(8)),
    'an unknown opcode': frame(24, 4711, Buffer.alloc(8)),
    'a section that ends outside the frame': frame(
      30,
      2013,
      Buffer.from([0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0]),
    ),
    'an invalid document': frame(30, 2013, Buffer.from([0, 0, 0, 0, 0, 9, 0, 0, 0, 99, 99, 99, 99, 99])),
    'a section of unknown kind': frame(26, 2013, Buffer.from([0, 0, 0, 0, 9, 5, 0, 0, 0, 0])),
  }
  for (const [name, bytes] of Object.entries(broken)) t.equal(await isDisconnected(bytes), true, name)
  t.equal((await db.command({ ping: 1 })).ok, 1, 'other connections are served')
})

t.test('random bytes never stop the server', onlyOnGateway, async t => {
  for (let i = 0; i < 50; i++) {
    const body = Buffer.from(Uint8Array.from({ length: 5 + (i % 60) }, () => Math.floor(Math.random() * 256)))
    const length = 16 + 5 + body.length
    await isDisconnected(
      Buffer.concat([frame(length, 2013, Buffer.from([0, 0, 0, 0, 0])), body, frame(0, 0, Buffer.alloc(0))]),
    )
  }
  t.equal((await db.command({ ping: 1 })).ok, 1)
})

t.test('a command with several document sequences is answered', onlyOnGateway, async t => {
  const inserts = client.bulkWrite([{ namespace: `${db.databaseName}.bulk`, name: 'insertOne', document: {} }])
  await t.rejects(inserts, { cause: { code: 59 } })
})
