import { Type } from '@fastify/type-provider-typebox'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { App } from '../server.ts'

/** Serves Prometheus metrics at /metrics. @returns the registry, to which other parts add their metrics */
export function registerMetrics(app: App): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const seconds = new Histogram({
    name: 'glance_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode }
    seconds.observe(labels, reply.elapsedTime / 1000)
  })
  const schema = {
    operationId: 'metrics',
    summary: 'Metrics in the Prometheus text format',
    tags: ['operations'],
    response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: Type.String() } } } },
  }
  app.get('/metrics', { schema }, async (_request, reply) => {
    return reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics())
  })
  return registry
}
