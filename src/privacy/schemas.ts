import { Type } from '@fastify/type-provider-typebox'
import { GivenPassword, NullableTime } from '../accounts/schemas.ts'
import { ActorId } from '../events/event.ts'
import { Id, IdParams, oneOf, strict, Time } from '../http/schemas.ts'
import { STAGES } from './erasure/receipt.ts'

const tags = ['privacy']
const NDJSON = 'application/x-ndjson'

const ReceiptSchema = Type.Object({
  id: Type.String({ description: 'who has it may read the receipt: keep it' }),
  state: oneOf(STAGES),
  removed: Type.Record(Type.String(), Type.Integer(), { description: 'how many things went, by collection' }),
  eventsExpireBy: NullableTime,
  createdAt: Time,
  erasedAt: NullableTime,
  doneAt: NullableTime,
})

export const exportSchema = {
  operationId: 'exportMe',
  summary: 'Everything that is held on me',
  description:
    'A line of JSON for each thing, {kind, data}: account, session, key, image (its bytes are at links.file), feedback, ' +
    'comment, event, refused event and note (what was done, for security). Secrets are left out.',
  tags,
  response: {
    200: {
      description: 'All of it',
      content: { [NDJSON]: { schema: Type.Unsafe<unknown>({ description: 'a thing a line' }) } },
    },
  },
}

export const requestSchema = {
  operationId: 'requestErasure',
  summary: 'Erase me, or, as an admin or by a key, somebody else',
  description:
    'With `password`: whoever asks. With `userId`, `app` and `appUserId`, or `app` and `visitorId`: an account, a user or a ' +
    'visitor of an app. It can not be taken back. From then on nothing more is taken in of that person. To ask again for ' +
    'somebody else gives the same receipt; who has erased themselves is nobody any more, and can not ask again.',
  tags,
  body: strict({
    password: Type.Optional(GivenPassword),
    userId: Type.Optional(Id),
    app: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,64}$' })),
    appUserId: Type.Optional(ActorId),
    visitorId: Type.Optional(ActorId),
  }),
  response: { 202: ReceiptSchema },
}

export const receiptSchema = {
  operationId: 'getErasure',
  summary: 'How far an erasure is, and what went',
  description:
    '`closing`, `erasing`, `erased` (all went that was there; it is looked for again when the last access token has run out), ' +
    '`done`. `eventsExpireBy` is null, but on time series of a MongoDB before 7.0, which expire without deleting. It names nobody.',
  tags,
  params: IdParams,
  response: { 200: ReceiptSchema },
}
