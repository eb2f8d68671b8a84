import { createHash, type Hash } from 'node:crypto'
import { fieldProblem, Problem } from '../../../errors.ts'

/** Lengths of the hashes that an `Upload-Checksum` may have, in bytes. */
const ALGORITHMS = new Map([
  ['sha1', 20],
  ['sha256', 32],
])
/** Names of the algorithms, for `Tus-Checksum-Algorithm`. */
export const CHECKSUM_ALGORITHMS = [...ALGORITHMS.keys()].join(',')

/** The checksum of the bytes of a request. */
export class UploadChecksum {
  readonly #hash: Hash
  readonly #expected: Buffer

  /** @throws Problem `invalid_request` for another algorithm, or a value that is not a hash in base64 */
  constructor(header: string) {
    const [algorithm = '', value = ''] = header.split(' ')
    const bytes = ALGORITHMS.get(algorithm)
    if (bytes === undefined) throw refusal(`the algorithm must be one of ${CHECKSUM_ALGORITHMS}`)
    this.#expected = Buffer.from(value, 'base64')
    if (this.#expected.length !== bytes) throw refusal(`must be ${algorithm} and ${bytes} bytes in base64`)
    this.#hash = createHash(algorithm)
  }

  /** Passes all bytes on, and then compares. @throws Problem `checksum_mismatch` */
  async *compared(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const bytes of source) {
      this.#hash.update(bytes)
      yield bytes
    }
    if (!this.#hash.digest().equals(this.#expected)) throw new Problem('checksum_mismatch')
  }
}

function refusal(detail: string): Problem {
  return fieldProblem('/headers/upload-checksum', detail)
}
