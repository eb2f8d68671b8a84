import { type Client, createClient } from '../../../src/client/index.ts'
import { aLine, type Line } from './line.ts'

/** Opens a client of a server with a key, with a line of its own. @param url of the service */
export function aServer(url: string, key: string): { client: Client; line: Line } {
  const line = aLine()
  return { line, client: createClient({ url, key, fetch: line.fetch }) }
}
