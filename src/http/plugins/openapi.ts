import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from '@fastify/type-provider-typebox'
import { PROBLEM_TYPE } from '../problem-reply.ts'
import type { App } from '../server.ts'
import { firstMethod, ruleOf } from './access.ts'

const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String(), code: Type.Optional(Type.String()) })),
    ),
  },
  { description: 'RFC 9457 problem details' },
)

const problemResponse = {
  description: 'What is wrong, as problem details',
  content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
}

const TAGS = [
  { name: 'accounts', description: 'Sign up, sign in, keys' },
  { name: 'images', description: 'Upload, find and fetch images' },
  { name: 'events', description: 'What happened to the images' },
  {
    name: 'feedback',
    description:
      'What I think of an image now, and comments. A change is made of events: it is in the log, and in the stats, as a like ' +
      'that an app reports is.',
  },
  { name: 'privacy', description: 'What is held on a person, in one file, and its removal' },
  { name: 'stats', description: 'What came of it' },
  { name: 'exports', description: 'The raw data, for analysts' },
  { name: 'reports', description: 'Questions of analysts, each with its columns and parameters' },
  { name: 'operations', description: 'Probes, metrics and this document' },
]

/** The OpenAPI 3.1 document at /openapi.json and a page to read it at /docs; both follow the routes. */
export async function registerOpenapi(app: App): Promise<void> {
  app.addHook('onRoute', route => {
    if (!route.schema || route.schema.hide) return
    route.schema.security ??= securityOf(firstMethod(route.method), route.url)
    route.schema.response = { '4xx': problemResponse, '5xx': problemResponse, ...(route.schema.response as object) }
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Glance',
        version: '1',
        description: 'An image store that remembers how people look at the images.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // It would ask for the page's own scripts by https, which nobody may serve here.
    transformStaticCSP: policy => policy.replace(/; *upgrade-insecure-requests/, ''),
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

function securityOf(method: string, url: string) {
  const rule = ruleOf(method, url)
  if (!rule || rule.open) return []
  const schemes: Record<string, string[]>[] = []
  if (rule.anybody || rule.loopback) schemes.push({})
  if (rule.anybody || rule.user || rule.roles) schemes.push({ accessToken: [] })
  if (rule.anybody || rule.scopes) schemes.push({ apiKey: [] })
  return schemes
}
