import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastJsonStringify from 'fast-json-stringify'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  type RawServerDefault,
} from 'fastify'
import type { Config } from '../config/config.ts'
import { answerClientError, answerExpectation, refuseWaitingRequests } from './connection/client-error.ts'
import { createSequentialServer } from './connection/sequential-server.ts'
import { parseAsJson } from './json-body.ts'
import { loggedUrl } from './logged-url.ts'
import { problemOf, sendProblem } from './problems/problem-reply.ts'

/** The Fastify instance of the service. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** What Fastify validates with. */
type Ajv = Parameters<NonNullable<NonNullable<FastifyServerOptions['ajv']>['onCreate']>>[0]

/** A compiled schema. */
interface Validator {
  (input: unknown): unknown
  /** Of the last input. */
  errors?: unknown
}

/** Default limit of a body. It bounds validation, which looks for all errors of a body. */
const MAX_JSON_BODY_BYTES = 65_536
/** Limit for streams; all other bodies have shorter limits. */
const REQUEST_TIMEOUT_MS = 60 * 60_000
const CONNECTION_TIMEOUT_MS = 60_000
const KEEP_ALIVE_TIMEOUT_MS = 72_000

/** Creates the Fastify instance: limits, request ids, log, and a validator that neither coerces values nor drops properties. */
export function createServer(config: Config): App {
  const app = Fastify({
    bodyLimit: MAX_JSON_BODY_BYTES,
    serverFactory: createHttpServer,
    trustProxy: config.trustProxy,
    // The input guard refuses such names, with a pointer.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    // Errors before a route is found, such as a path that is not valid UTF-8: no hook runs.
    frameworkErrors: (error, request, reply) =>
      sendProblem(request, reply.header('x-request-id', request.id), problemOf(error)),
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 200 },
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true, useDefaults: true },
      onCreate: compileAtFirstUse,
    },
    logger: { level: config.logLevel, ...prettyOnTerminal(config), serializers: { req: loggedRequest } },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setSerializerCompiler(({ schema }) => serializerOfFirstUse(schema as fastJsonStringify.Schema))
  parseAsJson(app, 'application/json')
  app.server.maxConnections = config.maxConnections
  app.server.on('checkExpectation', answerExpectation)
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  const unused = trackUnusedConnections(app)
  app.addHook('preClose', async () => {
    // A server that does not listen emits no `close`, which ends the work.
    if (app.server.listening) closeIdleConnections(app, unused)
  })
  return app
}

/** Has validators compiled when they are first used: to compile those of all routes would take a third of the start. */
function compileAtFirstUse(ajv: Ajv): void {
  const compile = ajv.compile.bind(ajv) as (schema: object) => Validator
  const compileLater = (schema: object): Validator => {
    let compiled: Validator | undefined
    const validate: Validator = input => {
      compiled ??= compile(schema)
      const isValid = compiled(input)
      validate.errors = compiled.errors
      return isValid
    }
    return validate
  }
  ajv.compile = compileLater as Ajv['compile']
}

/** Returns a serializer that is compiled when it is first used: to compile those of all answers would take a fifth of the start. */
function serializerOfFirstUse(schema: fastJsonStringify.Schema): (answer: unknown) => string {
  let serialize: ReturnType<typeof fastJsonStringify> | undefined
  return answer => {
    serialize ??= fastJsonStringify(schema)
    return serialize(answer)
  }
}

function createHttpServer(handler: RequestListener): Server {
  const server = createSequentialServer(handler, refuseWaitingRequests)
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.timeout = CONNECTION_TIMEOUT_MS
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
  return server
}

/** Closes connections as they become idle, and those without any request: otherwise they would delay the shutdown. */
function closeIdleConnections({ server }: App, unused: Set<Socket>): void {
  const timer = setInterval(() => {
    server.closeIdleConnections()
    for (const socket of unused) socket.destroy()
  }, 50)
  server.once('close', () => clearInterval(timer))
}

/** Returns the connections without any request yet, which Node does not count as idle. */
function trackUnusedConnections({ server }: App): Set<Socket> {
  const unused = new Set<Socket>()
  server.on('connection', socket => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}

function prettyOnTerminal(config: Config): { transport?: { target: string } } {
  return process.stdout.isTTY && !config.production ? { transport: { target: 'pino-pretty' } } : {}
}

/** Returns what the log shows of a request. */
function loggedRequest({ method, url, ip }: { method: string; url: string; ip: string }) {
  return { method, url: loggedUrl(url), ip }
}
