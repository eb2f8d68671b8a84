import type { FastifyRequest } from 'fastify'
import { type KeyedHash, keyedHash } from '../../lib/keyed-hash.ts'
import { networkOf } from '../../lib/network.ts'

const ID_BYTES = 16

/** Names the visitors of the pixel where the address of the image does not. */
export class PixelVisitors {
  readonly #hashOf: KeyedHash

  /** @param secret without which nobody can tell who a visitor is */
  constructor(secret: string) {
    this.#hashOf = keyedHash(secret, 'pixelVisitors')
  }

  /** Returns the id of whoever sends a request: the same for one network, program and day (UTC). Neither of them is stored. */
  idOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>, now = new Date()): string {
    const day = now.toISOString().slice(0, 10)
    const seen = JSON.stringify([day, networkOf(ip), headers['user-agent'] ?? ''])
    return this.#hashOf(seen).subarray(0, ID_BYTES).toString('base64url')
  }
}
