import type { CollectionSpec } from '../../database/collections.ts'

export const ERASURES = 'erasures'

export const erasuresCollection: CollectionSpec = {
  name: ERASURES,
  indexes: [{ key: { tombstone: 1 }, unique: true }, { key: { createdAt: 1 } }, { key: { due: 1 }, sparse: true }],
}

/**
 * How far an erasure is: the account is being closed; everything is being erased, once nobody adds to it; it is erased, and will
 * be looked for once more; that is done as well, and is repeated for some days.
 */
export const STAGES = ['closing', 'erasing', 'erased', 'done'] as const
export type Stage = (typeof STAGES)[number]

/** A piece of an erasure: so many things of one collection; of the log those up to an event, and where they were counted. */
export interface Piece {
  count: number
  upTo?: { at: Date; _id: string }
  minutes?: { imageId: string; start: Date }[]
}

/** That somebody is erased: the tombstone that keeps their events out, the state of the work, and the proof for who asked. */
export interface Receipt {
  /** 128 random bits: who has it may read the receipt. */
  _id: string
  /** HMAC of the person. */
  tombstone: string
  /** The person, for the work alone: sealed, and taken out after the last of it. */
  sealed?: string
  stage: Stage
  /** When the next work on it is due; nothing is, once it is all over. */
  due?: Date
  /** The piece that is being removed, so that whoever goes on after a crash knows. */
  work?: Piece & { token: string; collection: string }
  /** How many things went, by collection. */
  removed: Record<string, number>
  /** Where this database cannot delete single events: when the last of them expire. */
  eventsExpireBy?: Date
  createdAt: Date
  erasedAt?: Date
  doneAt?: Date
}

/** A receipt as whoever has its id sees it. */
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
