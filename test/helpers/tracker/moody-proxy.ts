import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

/** How a request with events fares: `lost` arrives, but its answer does not; `swallowed` does not even arrive. */
export type Mood = 'passed' | 'twice' | 'lost' | 'swallowed' | 'refused'

/** A service behind a connection that is as bad as a test wants. */
export interface MoodyProxy {
  url: string
  /** The moods of the next requests with events; those after them are passed. */
  moods: Mood[]
  /** The bodies of the requests with events so far, with what became of them. */
  seen: { mood: Mood; body: string }[]
}

/** Opens a proxy of a service. */
export async function openProxy(t: Test, service: string): Promise<MoodyProxy> {
  const proxy: MoodyProxy = { url: '', moods: [], seen: [] }
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked)
    // A browser repeats a request by itself when a connection that it has used before is cut.
    answer.setHeader('connection', 'close')
    if (!asked.url?.startsWith('/v1/events')) return pass(asked, body, answer)
    const mood = proxy.moods.shift() ?? 'passed'
    proxy.seen.push({ mood, body: body.toString() })
    if (mood === 'swallowed') return answer.destroy()
    if (mood === 'refused')
      return answer
        .writeHead(503, {
          'retry-after': '1',
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'Retry-After',
        })
        .end()
    if (mood === 'lost') return forward(asked, body).then(() => answer.destroy())
    if (mood === 'twice') await forward(asked, body)
    return pass(asked, body, answer)
  })

  function forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(service + url, { method, headers }, resolve)
        .on('error', reject)
        .end(body)
    })
  }

  async function pass(asked: IncomingMessage, body: Buffer, answer: ServerResponse): Promise<void> {
    const response = await forward(asked, body)
    answer.writeHead(response.statusCode ?? 500, response.headers)
    response.pipe(answer)
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return proxy
}
