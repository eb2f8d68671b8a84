import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import type { S3Access } from '../../config/config.ts'
import { S3Draft } from './s3-draft.ts'
import type { S3Request } from './s3-request.ts'
import type { ByteRange, Draft, Store } from './store.ts'

const TIMEOUT_MS = 120_000
const RETRIES = 5

/** Objects in a bucket of S3, or of a service that understands it. Every body is sent with its SHA-256, which S3 compares. */
export class S3Store implements Store {
  readonly name: string
  readonly #client: AwsClient
  readonly #url: string

  /** @param prefix of the keys, without a slash at its end; may be empty @throws Error without credentials */
  constructor(
    bucket: string,
    prefix: string,
    { accessKeyId, secretAccessKey, sessionToken, region, endpoint }: S3Access,
  ) {
    if (!accessKeyId || !secretAccessKey) throw new Error('S3 requires AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
    const token = sessionToken === undefined ? {} : { sessionToken }
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, ...token, region, service: 's3', retries: RETRIES })
    const base = endpoint ? `${endpoint.replace(/\/$/, '')}/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`
    const path = prefix.split('/').map(encodeURIComponent).join('/')
    this.#url = path === '' ? base : `${base}/${path}`
    this.name = `s3://${bucket}/${prefix}`
  }

  async read(path: string, range?: ByteRange): Promise<Buffer | undefined> {
    const headers = range ? { range: `bytes=${range.from}-${range.to - 1}` } : {}
    const response = await this.send(path, { method: 'GET', headers })
    if (response.status === 404) return undefined
    // Nothing begins behind the end of the object.
    if (response.status === 416) return Buffer.alloc(0)
    return Buffer.from(await response.arrayBuffer())
  }

  async create(path: string): Promise<Draft> {
    return new S3Draft(request => this.send(path, request))
  }

  async remove(path: string): Promise<void> {
    await this.send(path, { method: 'DELETE' })
  }

  /** Sends a request. @throws Error for an answer that is neither a success, nor 404 or 416 */
  async send(path: string, { method, query, headers = {}, body }: S3Request): Promise<Response> {
    const key = path.split('/').map(encodeURIComponent).join('/')
    const url = `${this.#url}/${key}${query === undefined ? '' : `?${query}`}`
    const init = {
      method,
      headers: { ...headers, ...(body ? checksumsOf(body) : {}) },
      ...(body ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }
    const response = await this.#client.fetch(url, init).catch(({ message, cause = {} }) => {
      throw new Error(`${this.name}: ${method} ${path} failed: ${cause.code ?? cause.message ?? message}`)
    })
    if (response.ok || response.status === 404 || response.status === 416) return response
    const text = await response.text()
    throw new Error(`${this.name}: ${method} ${path} failed with ${response.status}: ${messageIn(text)}`)
  }
}

function checksumsOf(body: Uint8Array): Record<string, string> {
  const sha256 = createHash('sha256').update(body).digest()
  return { 'x-amz-content-sha256': sha256.toString('hex'), 'x-amz-checksum-sha256': sha256.toString('base64') }
}

/** Returns the code and the message of an error of S3. */
function messageIn(xml: string): string {
  const [code, message] = ['Code', 'Message'].map(name => new RegExp(`<${name}>([^<]*)`).exec(xml)?.[1])
  return [code, message].filter(Boolean).join(': ') || xml.slice(0, 200)
}
