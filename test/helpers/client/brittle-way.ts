import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/**
 * Opens a way to a service on which connections break.
 * @param breaks after how many bytes of clients the connection breaks on which they are sent
 * @param ready is waited for before each break, while nothing more is sent
 * @returns its address
 */
export async function aBrittleWay(
  t: Test,
  service: string,
  breaks: number[],
  ready: () => Promise<unknown>,
): Promise<string> {
  const { hostname, port } = new URL(service)
  let sent = 0
  const ends = new Set<Socket>()
  const server = createServer(client => {
    const onward = connect(Number(port), hostname)
    const close = () => {
      client.destroy()
      // What has arrived goes on to the service.
      onward.end()
    }
    client.on('data', bytes => {
      sent += bytes.length
      if (!onward.write(bytes)) client.pause()
      if (sent <= (breaks[0] ?? Number.POSITIVE_INFINITY)) return
      breaks.shift()
      client.pause()
      onward.removeAllListeners('drain')
      void ready().then(close)
    })
    onward.on('drain', () => client.resume())
    onward.on('data', bytes => client.write(bytes))
    for (const end of [client, onward]) {
      ends.add(end)
      end.on('error', close).on('close', () => {
        close()
        ends.delete(end)
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const end of ends) end.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
