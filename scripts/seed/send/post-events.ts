import { Readable } from 'node:stream'
import { commentId, comments } from '../../../src/comments/comment.ts'
import type { Database } from '../../../src/database/connect.ts'
import type { DemoEvent } from '../visits/demo-event.ts'
import { post, postJson } from './client.ts'

/** The service that events are sent to, and a key for it. */
export interface Receiver {
  url: string
  key: string
  database: Database
}

/** Posts events as one stream, which the service reads as fast as it stores them, and then stores the texts of the comments. */
export async function streamEvents(
  events: DemoEvent[],
  { url, key, database }: Receiver,
  sent: () => void,
): Promise<void> {
  function* lines() {
    for (const event of events) {
      sent()
      yield `${JSON.stringify(wireEvent(event))}\n`
    }
  }
  const body = Readable.toWeb(Readable.from(lines(), { objectMode: false })) as NonNullable<RequestInit['body']>
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': key }
  const { accepted } = await post(`${url}/v1/events`, { headers, body, duplex: 'half' })
  if (accepted !== events.length) throw new Error(`only ${accepted} of ${events.length} events were accepted`)
  await storeComments(events, database)
}

/** Posts a few events, and then stores the texts of the comments. */
export async function postEvents(events: DemoEvent[], { url, key, database }: Receiver): Promise<void> {
  await postJson(`${url}/v1/events`, events.map(wireEvent), { 'x-api-key': key })
  await storeComments(events, database)
}

function wireEvent({ text: _text, ...event }: DemoEvent) {
  return event
}

/** Stores the comments whose events are in the log. Who repeats a comment on the same image has it once. */
async function storeComments(events: DemoEvent[], { connection }: Database): Promise<void> {
  for (const { imageId, userId = '', text, at } of events) {
    if (text === undefined) continue
    const comment = { _id: commentId(userId, imageId, text), imageId, userId, text, createdAt: new Date(at) }
    await comments(connection).updateOne({ _id: comment._id }, { $setOnInsert: comment }, { upsert: true })
  }
}
