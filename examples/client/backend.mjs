/**
 * The server of an app, with a key that has the scopes images:write, events:write and stats:read: takes pictures, shows them to the
 * users of the app, and tells the service who has looked at which.
 *
 *     npm run build
 *     GLANCE_URL=http://127.0.0.1:3000 GLANCE_KEY=... PORT=8080 node examples/client/backend.mjs
 *     curl -T photo.jpg http://127.0.0.1:8080/pictures
 */
import { createServer } from 'node:http'
import { blob } from 'node:stream/consumers'
import { createClient, Problem } from 'glance/client'

const { GLANCE_URL = 'http://127.0.0.1:3000', GLANCE_KEY, PORT = '8080' } = process.env
const MAX_BYTES = 20_000_000

const client = createClient({ url: GLANCE_URL, key: GLANCE_KEY })

const routes = {
  async 'PUT /pictures'(request) {
    if (!(Number(request.headers['content-length']) <= MAX_BYTES)) return { status: 413 }
    const { id } = await client.images.upload(await blob(request), { tags: ['app'] })
    return { status: 201, body: { id } }
  },
  async 'GET /pictures'() {
    const pictures = []
    for await (const { id, title } of client.list('/v1/images', { params: { query: { tag: 'app' } } })) {
      pictures.push({ id, title })
      if (pictures.length === 50) break
    }
    return { status: 200, body: pictures }
  },
  async 'GET /picture'(request, id) {
    const params = { path: { id } }
    const { links } = await client.get('/v1/images/{id}', { params })
    // An app knows its users by a session of its own.
    const appUserId = request.headers['x-user'] ?? 'somebody'
    // The user does not wait for the service to store it.
    client.events.send({ imageId: id, type: 'view', appUserId }).catch(report)
    return { status: 302, headers: { location: GLANCE_URL + links.file } }
  },
  async 'GET /views'(_request, id) {
    const { totals } = await client.get('/v1/images/{id}/stats', { params: { path: { id } } })
    return { status: 200, body: { views: totals.counts.view } }
  },
}

const server = createServer(async (request, response) => {
  const [, name, id] = request.url?.split('/') ?? []
  const route = routes[`${request.method} /${name}`]
  const { status, headers, body } = route ? await route(request, id).catch(problem) : { status: 404 }
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
})
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))

process.once('SIGTERM', () => {
  server.close(async () => {
    await client.events.flush()
    process.stdout.write('all events are sent\n')
  })
})

/** What is wrong with a request of a user is the user's; all else is the app's. */
function problem(error) {
  report(error)
  const isTheirs = error instanceof Problem && [404, 413, 415, 422].includes(error.status)
  return { status: isTheirs ? error.status : 502, body: { detail: isTheirs ? error.message : 'try again later' } }
}

function report(error) {
  process.stderr.write(`${error.code ?? error.name}: ${error.message}\n`)
}
