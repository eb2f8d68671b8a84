import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify'
import type { Config } from '../config/config.ts'
import { answerClientError } from './client-error.ts'
import { problemOf, sendProblem } from './problem-reply.ts'

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** The largest JSON body that a schema judges as a whole: all its faults are looked for before the answer. */
const JSON_BODY_BYTES = 65_536
/** The longest stream; every other body has a shorter limit of its own. */
const WHOLE_REQUEST = 60 * 60_000
const SILENT_SOCKET = 60_000

/** A bare Fastify with our limits, ids, logs and a validator that neither coerces bodies nor drops keys. */
export function createServer(config: Config): App {
  const app = Fastify({
    bodyLimit: JSON_BODY_BYTES,
    requestTimeout: WHOLE_REQUEST,
    connectionTimeout: SILENT_SOCKET,
    keepAliveTimeout: 72_000,
    trustProxy: config.trustProxy,
    // `purity` refuses such names, with a pointer.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    // What is wrong before there is a route, and so no hook: a path that is not UTF-8.
    frameworkErrors: (error, request, reply) =>
      sendProblem(request, reply.header('x-request-id', request.id), problemOf(error)),
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true, useDefaults: true } },
    logger: { level: config.logLevel, ...prettyOnTerminal(config), serializers: { req: loggedRequest } },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = config.maxConnections
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  const silent = watchSilent(app)
  app.addHook('preClose', async () => closeAsTheyIdle(app, silent))
  return app
}

/** A connection that is kept alive, or was opened ahead of its first request, would hold the shutdown up. */
function closeAsTheyIdle({ server }: App, silent: Set<Socket>): void {
  const timer = setInterval(() => {
    server.closeIdleConnections()
    for (const socket of silent) socket.destroy()
  }, 50)
  server.once('close', () => clearInterval(timer))
}

/** The connections that have not said a word yet; Node does not count them among the idle. */
function watchSilent({ server }: App): Set<Socket> {
  const silent = new Set<Socket>()
  server.on('connection', socket => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', ({ socket }) => silent.delete(socket))
  return silent
}

function prettyOnTerminal(config: Config): { transport?: { target: string } } {
  return process.stdout.isTTY && !config.production ? { transport: { target: 'pino-pretty' } } : {}
}

/** A key may come in the query of a beacon, a receipt's id is a credential, an address is somebody: none must reach the log. */
function loggedRequest({ method, url, ip }: { method: string; url: string; ip: string }) {
  return { method, url: url.replace(/([?&](?:key|email)=)[^&]*|(\/erasures\/)[^/?]+/g, '$1$2…'), ip }
}
