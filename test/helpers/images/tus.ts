import { connect as dial, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Answer, Ask, World } from '../world.ts'

const OFFSET_STREAM = 'application/offset+octet-stream'

/** Metadata as the protocol writes them. */
export function metadataOf(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

/** Somebody who speaks tus by hand. @param who token or key */
export function tusClient({ asks }: Pick<World, 'asks'>, who: Pick<Ask, 'token' | 'key'>) {
  const send = (method: string, path: string, headers: Record<string, string>, body?: Uint8Array): Promise<Answer> =>
    asks(method, path, {
      ...who,
      headers: { 'tus-resumable': '1.0.0', ...(body ? { 'content-type': OFFSET_STREAM } : {}), ...headers },
      ...(body ? { body: new Uint8Array(body) } : {}),
    })

  return {
    /** Begins an upload, with its first bytes if some are given. */
    begins: (length: number, fields: Record<string, string> = {}, first?: Uint8Array) =>
      send(
        'POST',
        '/v1/uploads',
        { 'upload-length': String(length), 'upload-metadata': metadataOf({ filename: 'a.jpg', ...fields }) },
        first,
      ),
    /** Begins an upload with these headers only. */
    beginsWith: (headers: Record<string, string>) => send('POST', '/v1/uploads', headers),
    appends: (upload: string, offset: number, bytes: Uint8Array, headers: Record<string, string> = {}) =>
      send('PATCH', upload, { 'upload-offset': String(offset), ...headers }, bytes),
    looksAt: (upload: string) => send('HEAD', upload, {}),
    givesUp: (upload: string) => send('DELETE', upload, {}),
  }
}

/** Begins an upload of a picture, and sends its first bytes. @returns its address */
export async function halfAnUpload(
  t: Test,
  tus: ReturnType<typeof tusClient>,
  bytes: Buffer,
  first: number,
): Promise<string> {
  const upload = addressOf(await tus.begins(bytes.length))
  t.equal(offsetOf(await tus.appends(upload, 0, bytes.subarray(0, first))), first)
  return upload
}

/** The address of an upload. */
export const addressOf = ({ headers }: Answer) => headers.get('location') ?? ''

/** The number of bytes of an upload that are stored, as an answer says. */
export const offsetOf = ({ headers }: Answer) => Number(headers.get('upload-offset') ?? Number.NaN)

/** Sends the beginning of a request that appends bytes, over a socket of its own. @param length of the whole body */
export async function beginsToAppend(
  url: string,
  { token, upload, offset, length }: { token: string; upload: string; offset: number; length: number },
  bytes: Uint8Array,
): Promise<Socket> {
  const socket = dial(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
  const head = [
    `PATCH ${upload} HTTP/1.1`,
    'host: x',
    `authorization: Bearer ${token}`,
    'tus-resumable: 1.0.0',
    `content-type: ${OFFSET_STREAM}`,
    `upload-offset: ${offset}`,
    `content-length: ${length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise(written => socket.write(bytes, written))
  return socket
}
