import { Type } from '@fastify/type-provider-typebox'
import { GivenPassword, NullableTime } from '../accounts/schemas.ts'
import { ClientId } from '../events/event.ts'
import { Id, IdParams, oneOf, page, pageQuery, strict, Time } from '../http/schemas.ts'
import { STAGES } from './erasure/receipt.ts'

const tags = ['privacy']
const NDJSON = 'application/x-ndjson'

export const ReceiptSchema = Type.Object({
  id: Type.String({ description: 'anyone who knows the id may read the receipt: keep it' }),
  state: oneOf(STAGES),
  removed: Type.Record(Type.String(), Type.Integer(), { description: 'number of removed documents, by collection' }),
  eventsExpireBy: NullableTime,
  createdAt: Time,
  erasedAt: NullableTime,
  doneAt: NullableTime,
})

export const exportSchema = {
  operationId: 'exportMe',
  summary: "Export the caller's personal data",
  description:
    'Returns one line of JSON for each document, `{kind, data}`. The kinds are account, session, key, image (the file is at ' +
    'links.file), feedback, comment, event, refused event and note (an entry of the audit trail). Secrets are left out.',
  tags,
  response: {
    200: {
      description: 'The personal data',
      content: { [NDJSON]: { schema: Type.Unsafe<unknown>({ description: 'one document per line' }) } },
    },
  },
}

export const requestSchema = {
  operationId: 'requestErasure',
  summary: 'Erase a person',
  description:
    '`password` erases the caller. Admins, and keys with the scope erasures:write, erase an account by `userId`, a user of an ' +
    'app by `app` and `appUserId`, or a visitor by `app` and `visitorId`. An erasure can not be undone; further events of the ' +
    'person are rejected. A repeated request for another person returns the same receipt.',
  tags,
  body: strict({
    password: Type.Optional(GivenPassword),
    userId: Type.Optional(Id),
    app: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,64}$' })),
    appUserId: Type.Optional(ClientId),
    visitorId: Type.Optional(ClientId),
  }),
  response: { 202: ReceiptSchema },
}

export const receiptsSchema = {
  operationId: 'listErasures',
  summary: 'List the receipts of all erasures, newest first',
  tags,
  querystring: strict(pageQuery),
  response: { 200: page(ReceiptSchema) },
}

export const receiptSchema = {
  operationId: 'getErasure',
  summary: 'Get the receipt of an erasure',
  description:
    'The states are `closing`, `erasing`, `unarchiving` (files of the archive are rewritten, where there is one), `erased` (everything found is removed; a last search follows when the last access ' +
    'token has expired) and `done`. `eventsExpireBy` is null, except for a time series on MongoDB before 7.0, whose events ' +
    'expire instead of being deleted. A receipt does not name the person.',
  tags,
  params: IdParams,
  response: { 200: ReceiptSchema },
}
