import { BSON } from 'mongodb'
import type { Operation } from '../operations.ts'
import type { Command } from './command.ts'

/** MongoDB's names of the kinds of operations; all others are `command`. */
const KINDS: Record<string, string> = {
  find: 'query',
  getMore: 'getmore',
  insert: 'insert',
  update: 'update',
  delete: 'remove',
}
/** Fields of commands that the reply does not contain: documents, and what drivers add. */
const OMITTED_FIELDS = new Set(['documents', 'updates', 'deletes', 'lsid', '$clusterTime', '$db', 'txnNumber'])

/** Executes `currentOp`: returns all operations of the gateway. */
export const currentOp: Command = async (_request, { operations }) => ({
  inprog: operations.all().map(documentOf),
  ok: 1,
})

/** Executes `killOp`: an operation that has not ended fails with the code 11601 (Interrupted). */
export const killOp: Command = async ({ body }, { operations }) => {
  await operations.kill(Number(body.op))
  return { info: 'attempting to kill op', ok: 1 }
}

function documentOf({ id, request, startedAt }: Operation): BSON.Document {
  const { name, db, body } = request
  const milliseconds = Date.now() - startedAt
  return {
    type: 'op',
    opid: id,
    active: true,
    op: Object.hasOwn(KINDS, name) ? KINDS[name] : 'command',
    ns: typeof body[name] === 'string' ? `${db}.${body[name]}` : `${db}.$cmd`,
    command: Object.fromEntries(Object.entries(body).filter(([field]) => !OMITTED_FIELDS.has(field))),
    currentOpTime: new Date().toISOString(),
    secs_running: BSON.Long.fromNumber(Math.floor(milliseconds / 1_000)),
    microsecs_running: BSON.Long.fromNumber(milliseconds * 1_000),
  }
}
