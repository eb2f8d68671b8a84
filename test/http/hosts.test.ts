import { request } from 'node:http'
import t from 'tap'
import { openWorld } from '../helpers/world.ts'

/** Sends a request with a Host header, which fetch would not. @returns the status */
function statusFor(url: string, host: string, headers = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sender = request(url, { headers: { host, ...headers } }, answer => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sender.on('error', reject)
    sender.end()
  })
}

t.test('metrics and probes on loopback are not for other hosts, which may be names of a web page', async t => {
  const world = await openWorld(t)
  const { key } = await world.hasKey({ app: 'monitor', scopes: ['metrics:read'] })
  for (const host of ['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '[::1]:3000', '192.0.2.1']) {
    for (const path of ['/livez', '/readyz', '/metrics'])
      t.equal(await statusFor(world.url + path, host), 200, host + path)
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000', 'a b']) {
    t.equal(await statusFor(`${world.url}/livez`, host), 403, host)
    t.equal(await statusFor(`${world.url}/readyz`, host), 403, host)
    t.equal(await statusFor(`${world.url}/metrics`, host), 401, host)
  }
  t.equal(await statusFor(`${world.url}/metrics`, 'metrics.example', { 'x-api-key': key }), 200, 'a key is enough')
})

t.test('a service that listens on other addresses answers probes for any host', async t => {
  const world = await openWorld(t, { HOST: '0.0.0.0' })
  t.equal(await statusFor(`${world.url.replace('0.0.0.0', '127.0.0.1')}/readyz`, 'glance.example'), 200)
})
