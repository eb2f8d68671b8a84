import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

/** How a request with events fares: of `late`, `lost` and `unanswered` ones the service has the events, of `swallowed` ones not. */
export type Mood = 'passed' | 'twice' | 'late' | 'lost' | 'unanswered' | 'swallowed' | 'refused'

/** Pages may read the answers, as those of the service. */
const READABLE = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' }

/** A service behind a connection that is as bad as a test wants. */
export interface MoodyProxy {
  url: string
  /** The moods of the next requests with events; those after them are passed. */
  moods: Mood[]
  /** The bodies of the requests with events so far, with what became of them. */
  seen: { mood: Mood; body: string }[]
  /** Lets the late answers through. */
  release(): void
}

/** Opens a proxy of a service. */
export async function openProxy(t: Test, service: string): Promise<MoodyProxy> {
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const proxy: MoodyProxy = { url: '', moods: [], seen: [], release }
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked)
    // A browser repeats a request by itself when a connection that it has used before is cut.
    answer.setHeader('connection', 'close')
    if (!asked.url?.startsWith('/v1/events')) return pass(asked, body, answer)
    const mood = proxy.moods.shift() ?? 'passed'
    proxy.seen.push({ mood, body: body.toString() })
    if (mood === 'refused') return answer.writeHead(503, { ...READABLE, 'retry-after': '1' }).end()
    if (mood === 'passed') return pass(asked, body, answer)
    if (mood === 'late') return pass(asked, body, answer, released)
    if (mood !== 'swallowed') await forward(asked, body)
    if (mood === 'twice') return pass(asked, body, answer)
    if (mood !== 'unanswered') answer.writeHead(502, READABLE).end()
  })

  function forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(service + url, { method, headers }, resolve)
        .on('error', reject)
        .end(body)
    })
  }

  async function pass(
    asked: IncomingMessage,
    body: Buffer,
    answer: ServerResponse,
    wait?: Promise<void>,
  ): Promise<void> {
    const response = await forward(asked, body)
    await wait
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
