import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t)
const { token } = await world.signsUp('ann')

/** Sends a small form with a content type, whose header fetch would refuse. @returns status and code */
function send(contentType: string, boundary: string): Promise<{ status: number | undefined; code: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType }
    const sender = request(`${world.url}/v1/images`, { method: 'POST', headers }, async answer => {
      resolve({ status: answer.statusCode, code: JSON.parse(await text(answer)).code })
    })
    sender.on('error', reject)
    const part = 'content-disposition: form-data; name="file"; filename="a"'
    sender.end(`--${boundary}\r\n${part}\r\n\r\nx\r\n--${boundary}--\r\n`)
  })
}

t.test('a boundary of more than 70 characters is rejected, however it is written', async t => {
  const ofLength = (length: number) => 'y'.repeat(length)
  t.same(await send(`multipart/form-data; boundary=${ofLength(70)}`, ofLength(70)), {
    status: 415,
    code: 'unsupported_image',
  })
  for (const length of [71, 253, 254, 255, 300, 5000]) {
    const boundary = ofLength(length)
    for (const parameter of [`boundary=${boundary}`, `boundary="${boundary}"`, `Boundary*=utf-8''${boundary}`]) {
      const answer = await send(`multipart/form-data; ${parameter}`, boundary)
      t.same(answer, { status: 400, code: 'malformed_multipart' }, `${length} ${parameter.slice(0, 12)}`)
    }
  }
})

t.test('a content type that the parser can not read is rejected', async t => {
  const types = [
    '',
    '; boundary=',
    '; boundary=""',
    '; boundary="a\\"b',
    '; boundary=a; boundary=b',
    "; boundary*=utf-8''x",
  ]
  for (const parameters of types) {
    const { status = 500 } = await send(`multipart/form-data${parameters}`, 'x')
    t.ok([400, 415].includes(status), `${parameters}: ${status}`)
  }
})
