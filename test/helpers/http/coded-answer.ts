import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as zlib from 'node:zlib'

/** The content codings that this Node has. */
export const CODINGS: Record<string, (bytes: Buffer) => Buffer> = {
  ...('zstdDecompressSync' in zlib ? { zstd: zlib.zstdDecompressSync as (bytes: Buffer) => Buffer } : {}),
  br: zlib.brotliDecompressSync,
  gzip: zlib.gunzipSync,
}

/** Asks as `fetch` can not: for certain codings. @returns the answer with its bytes as they were sent, and its text */
export async function asksFor(
  url: string,
  { method = 'GET', coding, headers = {} }: { method?: string; coding?: string; headers?: Record<string, string> } = {},
) {
  const asked = request(url, { method, headers: { ...headers, ...(coding ? { 'accept-encoding': coding } : {}) } })
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    asked.on('response', resolve).on('error', reject).end(),
  )
  const bytes = await buffer(answer)
  const decode = CODINGS[answer.headers['content-encoding'] ?? ''] ?? (sent => sent)
  return {
    status: answer.statusCode,
    headers: answer.headers,
    coding: answer.headers['content-encoding'],
    bytes,
    text: bytes.length > 0 ? decode(bytes).toString() : '',
  }
}
