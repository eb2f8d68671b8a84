import type { CollectionSpec } from '../../database/collections.ts'

export const ERASURES = 'erasures'

export const erasuresCollection: CollectionSpec = {
  name: ERASURES,
  indexes: [{ key: { tombstone: 1 }, unique: true }, { key: { createdAt: 1 } }, { key: { due: 1 }, sparse: true }],
}

/**
 * Stages of an erasure: `closing` removes account, sessions and keys; `erasing` removes the rest, once ingest has settled; `unarchiving`
 * waits until the archive has no rows of the person, where one is configured; `erased` searches once more when the last access token has
 * expired; `done` repeats the search for some days.
 */
export const STAGES = ['closing', 'erasing', 'unarchiving', 'erased', 'done'] as const
export type Stage = (typeof STAGES)[number]

/** A piece of an erasure: a number of documents of one collection; for the log, the events up to one, and their minutes. */
export interface Piece {
  count: number
  upTo?: { at: Date; _id: string }
  minutes?: { imageId: string; start: Date }[]
}

/** Receipt of an erasure: the tombstone that keeps further events out, the state of the work, and the proof for the requester. */
export interface Receipt {
  /** 128 random bits; anyone who knows the id may read the receipt. */
  _id: string
  /** HMAC of the person's id. */
  tombstone: string
  /** The person's id, encrypted; removed after the last step. */
  sealed?: string
  stage: Stage
  /** When the next step is due; undefined after the last one. */
  due?: Date
  /** The piece that is being removed, for the process that continues after a crash. */
  work?: Piece & { token: string; collection: string }
  /** Number of removed documents, by collection. */
  removed: Record<string, number>
  /** When the last events expire, if the database can not delete single events. */
  eventsExpireBy?: Date
  createdAt: Date
  erasedAt?: Date
  doneAt?: Date
}

/** Returns a receipt in the form of the API. */
export function wireReceipt({ _id, stage, removed, eventsExpireBy, createdAt, erasedAt, doneAt }: Receipt) {
  const time = (date: Date | undefined) => date?.toISOString() ?? null
  return {
    id: _id,
    state: stage,
    removed,
    eventsExpireBy: time(eventsExpireBy),
    createdAt: createdAt.toISOString(),
    erasedAt: time(erasedAt),
    doneAt: time(doneAt),
  }
}
