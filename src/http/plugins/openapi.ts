import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from '@fastify/type-provider-typebox'
import { PROBLEM_TYPE } from '../problems/problem-reply.ts'
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
  description: 'Problem details; /docs/problems explains the codes',
  content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
}

const TAGS = [
  { name: 'accounts', description: 'Sign up, sign in, keys' },
  { name: 'images', description: 'Upload, find and fetch images' },
  { name: 'events', description: 'Send interaction events' },
  {
    name: 'feedback',
    description:
      "The caller's feedback on an image, and comments. Each change is stored as events, so it counts in the stats like the " +
      'events that apps send.',
  },
  { name: 'privacy', description: 'Export and erasure of personal data' },
  { name: 'stats', description: 'Numbers for images and for the site' },
  { name: 'exports', description: 'Raw data for analysts' },
  { name: 'reports', description: 'Prepared reports for analysts, with parameters' },
  { name: 'operations', description: 'Health checks, metrics and this document' },
]

/** Serves the OpenAPI 3.1 document of the routes at /openapi.json, and Swagger UI at /docs. */
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
          sessionCookie: {
            type: 'apiKey',
            in: 'cookie',
            name: '__Host-glance-refresh',
            description: 'Over http it is named `glance-refresh`.',
          },
        },
      },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // Without the bar at the top, whose logo has inline styles, which the policy refuses.
    uiConfig: { layout: 'BaseLayout' },
    staticCSP: true,
    // The directive would make browsers load the page's scripts over https, which this service does not speak.
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
  if (rule.sessionCookie) schemes.push({ sessionCookie: [] })
  if (rule.anybody || rule.scopes) schemes.push({ apiKey: [] })
  return schemes
}
