import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'

const CRLF = '\r\n'

/** The pieces of a request body, each written to the socket on its own. */
export type Pieces = (string | Buffer)[]

/** The content type of the bodies that these functions make. */
export const FORM_TYPE = 'multipart/form-data; boundary=b'
/** The line that ends a form. */
export const FORM_END = `--b--${CRLF}`

/** A part of a form: a field, or a file where a file name is given. */
export function part(name: string, value: string | Buffer, fileName?: string): Pieces {
  const disposition = `form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}`
  return [`--b${CRLF}content-disposition: ${disposition}${CRLF}${CRLF}`, value, CRLF]
}

/** A field whose content type is JSON. */
export function jsonPart(name: string, value: string): Pieces {
  const disposition = `--b${CRLF}content-disposition: form-data; name="${name}"`
  return [`${disposition}${CRLF}content-type: application/json`, CRLF, CRLF, value, CRLF]
}

/** The part that holds the image. */
export function filePart(bytes: string | Buffer, fileName = 'x.jpg'): Pieces {
  return part('file', bytes, fileName)
}

/** Joins pieces to one buffer. */
export function joined(pieces: Pieces): Buffer {
  return Buffer.concat(pieces.map(piece => Buffer.from(piece as string)))
}

/** The lines of an upload's HTTP request before its body; the caller adds `content-length` and an empty line. */
export function uploadHead(token: string, contentType: string): string[] {
  return ['POST /v1/images HTTP/1.1', 'host: x', `authorization: Bearer ${token}`, `content-type: ${contentType}`]
}

/**
 * Sends an upload over a socket of its own, piece by piece.
 * @param url the service
 * @param hangUp whether to close the connection 1000 bytes before the announced end of the body
 * @returns the whole response, or '' when the connection ended without one
 */
export function sendUpload(
  url: string,
  token: string,
  contentType: string,
  pieces: Pieces,
  hangUp = false,
): Promise<string> {
  const { hostname, port } = new URL(url)
  const length = joined(pieces).length + (hangUp ? 1000 : 0)
  return new Promise(resolve => {
    let response = ''
    const socket = dial(Number(port), hostname, async () => {
      socket.setNoDelay(true)
      const head = [...uploadHead(token, contentType), `content-length: ${length}`, 'connection: close', '', '']
      socket.write(head.join(CRLF))
      for (const piece of pieces) await new Promise(written => socket.write(piece, written))
      if (hangUp) socket.destroy()
    })
    socket.on('data', data => {
      response += data
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(response))
  })
}

/** Sends a whole upload at once, and does not wait for the answer. @returns the connection, whose end the caller decides on */
export async function beginUpload(url: string, token: string, bytes: Buffer): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const body = joined([...filePart(bytes), FORM_END])
  const head = [...uploadHead(token, FORM_TYPE), `content-length: ${body.length}`, '', ''].join(CRLF)
  const socket = dial({ port: Number(port), host: hostname, allowHalfOpen: true }).on('error', () => undefined)
  await once(socket, 'connect')
  await new Promise(written => socket.write(Buffer.concat([Buffer.from(head), body]), written))
  return socket
}
