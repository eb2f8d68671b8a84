import { Readable } from 'node:stream'
import { originOf } from '../accounts/request-origin.ts'
import { MAX_BODY_BYTES } from '../accounts/schemas.ts'
import { Problem } from '../errors.ts'
import { accountOf } from '../http/plugins/identity.ts'
import { limitOf } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import type { ErasureWorker } from './erasure/erasure-worker.ts'
import { wireReceipt } from './erasure/receipt.ts'
import type { Receipts } from './erasure/receipts.ts'
import { requestErasure } from './erasure/request-erasure.ts'
import { exportPerson } from './export-person.ts'
import type { PrivacyParts } from './personal-data.ts'
import { exportSchema, receiptSchema, receiptsSchema, requestSchema } from './schemas.ts'

interface RouteParts extends PrivacyParts {
  receipts: Receipts
  eraser: ErasureWorker
}

/** Registers the routes of data export and erasure. */
export async function privacyRoutes(app: App, parts: RouteParts): Promise<void> {
  const { receipts, eraser } = parts

  app.get('/v1/users/me/export', { schema: exportSchema }, async (request, reply) => {
    const { id } = accountOf(request)
    const lines = await exportPerson(id, parts)
    const noted = { what: 'data_exported', who: id, thing: 'account', address: request.ip } as const
    if (request.method === 'GET') await parts.accounts.audit.record(noted)
    return reply
      .type('application/x-ndjson')
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="glance-export.ndjson"')
      .send(request.method === 'HEAD' ? undefined : Readable.from(lines))
  })

  app.post('/v1/erasures', { schema: requestSchema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    if (request.identity === null) throw new Problem('unauthenticated')
    const receipt = await requestErasure(request.body, request.identity, originOf(request), parts)
    eraser.wake()
    return reply.code(202).header('location', `/v1/erasures/${receipt._id}`).send(wireReceipt(receipt))
  })

  app.get('/v1/erasures', { schema: receiptsSchema }, async request => {
    const { cursor } = request.query
    const { items, nextCursor } = await receipts.page({ cursor, limit: limitOf(request.query) })
    return { items: items.map(wireReceipt), nextCursor }
  })

  app.get('/v1/erasures/:id', { schema: receiptSchema }, async (request, reply) => {
    const receipt = await receipts.read(request.params.id)
    if (!receipt) throw new Problem('not_found', { detail: 'receipt not found' })
    return reply.header('cache-control', 'no-store').send(wireReceipt(receipt))
  })
}
