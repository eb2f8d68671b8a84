import { Readable } from 'node:stream'
import { originOf } from '../accounts/origin.ts'
import { SMALL_BODY } from '../accounts/wire.ts'
import { Problem } from '../errors.ts'
import { accountOf } from '../http/identity.ts'
import type { App } from '../http/server.ts'
import type { Eraser } from './eraser.ts'
import { exportOf } from './export.ts'
import type { PrivacyParts } from './holdings.ts'
import { wireReceipt } from './receipt.ts'
import type { Receipts } from './receipts.ts'
import { requestErasure } from './request-erasure.ts'
import { exportSchema, receiptSchema, requestSchema } from './wire.ts'

interface RouteParts extends PrivacyParts {
  receipts: Receipts
  eraser: Eraser
}

export async function privacyRoutes(app: App, parts: RouteParts): Promise<void> {
  const { receipts, eraser } = parts

  app.get('/v1/users/me/export', { schema: exportSchema }, async (request, reply) => {
    const lines = await exportOf(accountOf(request).id, parts)
    return reply
      .type('application/x-ndjson')
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="glance-export.ndjson"')
      .send(request.method === 'HEAD' ? undefined : Readable.from(lines))
  })

  app.post('/v1/erasures', { schema: requestSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    if (request.identity === null) throw new Problem('unauthenticated')
    const receipt = await requestErasure(request.body, request.identity, originOf(request), parts)
    eraser.wake()
    return reply.code(202).header('location', `/v1/erasures/${receipt._id}`).send(wireReceipt(receipt))
  })

  app.get('/v1/erasures/:id', { schema: receiptSchema }, async (request, reply) => {
    const receipt = await receipts.read(request.params.id)
    if (!receipt) throw new Problem('not_found')
    return reply.header('cache-control', 'no-store').send(wireReceipt(receipt))
  })
}
