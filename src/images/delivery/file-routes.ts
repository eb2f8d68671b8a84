import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { varyBy } from '../../http/answers/vary.ts'
import { disconnectSignal } from '../../http/connection/disconnect.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import { callerKey } from '../../http/plugins/limits.ts'
import { IdParams } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import { findOwn, noImage } from '../catalogue/find-image.ts'
import { type Image, maySee } from '../image.ts'
import type { Library } from '../library.ts'
import type { RenditionQuery } from '../renditions/rendition.ts'
import { LIFETIME_SECONDS } from './file-links.ts'
import { type FileQuery, fileSchema, type LinkBody, linkSchema, RENDITION_PARAMETERS } from './file-schemas.ts'
import { originalFile, renditionFile } from './image-files.ts'
import { type Delivery, sendFile } from './send-file.ts'

const MAX_AGE_SECONDS = 3600

type FileRequest = FastifyRequest<{ Params: { id: string }; Querystring: FileQuery }>
type LinkRequest = FastifyRequest<{ Params: { id: string }; Body: LinkBody }>

/** Registers the routes of files and of links to them. */
export async function fileRoutes(app: App, { library }: { library: Library }): Promise<void> {
  const { images, links } = library
  const path = '/v1/images/:id/file'
  const headSchema = { params: IdParams, querystring: fileSchema.querystring, hide: true }
  const config = { limitedAsFile: true as const }

  // Not the automatic HEAD route, which would open the file to measure its length.
  app.head(path, { schema: headSchema, config }, getFile)
  app.get(path, { schema: fileSchema, config, exposeHeadRoute: false }, getFile)
  app.post('/v1/images/:id/links', { schema: linkSchema }, postLink)

  async function getFile(request: FileRequest, reply: FastifyReply) {
    const { params, query, identity, headers } = request
    const image = await images.findById(params.id).lean<Image>()
    const secondsLeft = image ? links.secondsLeft(image, query) : undefined
    if (!image || !mayFetch(image, identity, secondsLeft)) throw noImage()
    const delivery = { isDownload: query.download === '1', cacheControl: cacheControlOf(image, query, secondsLeft) }
    if (RENDITION_PARAMETERS.every(name => query[name] === undefined))
      return sendFile(request, reply, originalFile(image, library), delivery)
    if (query.format === undefined) varyBy(reply, 'Accept')
    const client = { client: callerKey(request), signal: disconnectSignal(reply) }
    const rendition = await renditionFile(image, renditionQueryOf(query), headers.accept, library, client)
    return sendFile(request, reply, rendition, delivery)
  }

  async function postLink({ params, body, identity }: LinkRequest, reply: FastifyReply) {
    const image = await findOwn(images, params.id, identity)
    const expires = Math.floor(Date.now() / 1000) + (body.expiresInSeconds ?? LIFETIME_SECONDS)
    const url = links.signedPath(image, expires, fileQueryOf(body))
    return reply.code(201).send({ url, expiresAt: new Date(expires * 1000).toISOString() })
  }
}

/**
 * Whether a request may have the file of an image: by what its caller may see, or by a signed link.
 * @throws Problem `link_expired`
 */
function mayFetch(image: Image, identity: Identity | null, secondsLeft: number | undefined): boolean {
  if (maySee(image, identity)) return true
  if (secondsLeft !== undefined && secondsLeft <= 0) throw new Problem('link_expired')
  return secondsLeft !== undefined
}

/** Returns Cache-Control of a file. An answer to a signed link is never public, and is kept no longer than the link is valid. */
function cacheControlOf({ visibility }: Image, { signature }: FileQuery, secondsLeft = 0): Delivery['cacheControl'] {
  if (secondsLeft > 0) return `private, max-age=${Math.min(secondsLeft, MAX_AGE_SECONDS)}`
  const isPublic = visibility === 'public' && signature === undefined
  return isPublic ? `public, max-age=${MAX_AGE_SECONDS}` : 'private, no-cache'
}

/** Converts query values, which the schema has checked for digits. */
function renditionQueryOf({ width, height, dpr, quality, fit, format, background }: FileQuery): RenditionQuery {
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const numbers = { width: number(width), height: number(height), dpr: number(dpr), quality: number(quality) }
  return { ...numbers, fit, format, background }
}

/** Converts the parameters of a link to those of the query. */
function fileQueryOf({ width, height, dpr, quality, fit, format, background, download }: LinkBody): FileQuery {
  const text = (name: string, number: number | undefined) => (number === undefined ? {} : { [name]: String(number) })
  return {
    ...text('width', width),
    ...text('height', height),
    ...text('dpr', dpr === undefined ? undefined : Math.round(dpr * 100) / 100),
    ...text('quality', quality),
    ...(fit && { fit }),
    ...(format && { format }),
    ...(background && { background }),
    ...(download && { download: '1' }),
  }
}
