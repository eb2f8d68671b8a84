import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'

/**
 * Parses bodies of a media type as JSON.
 * @throws Problem `malformed_json` when a body is not UTF-8: decoding it would replace its invalid bytes. What is not JSON gets the
 *   error of the default parser
 */
export function parseAsJson(
  app: Pick<FastifyInstance, 'addContentTypeParser' | 'getDefaultJsonParser'>,
  mediaType: string,
): void {
  // The input guard refuses names that pollute prototypes, with a pointer.
  const parse = app.getDefaultJsonParser('ignore', 'ignore')
  app.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    if (!isUtf8(body)) return done(new Problem('malformed_json', { detail: 'the body is not UTF-8' }))
    return parse(request, body.toString('utf8'), done)
  })
}
