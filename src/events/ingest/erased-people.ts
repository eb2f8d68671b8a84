import { type Instant, instant, longestBetween } from '../log/clock.ts'
import type { Rejection } from '../rejection.ts'

/** How long a list is used. Events of an erased person are refused at the latest twice this time after the receipt is written. */
const LIST_TTL_MS = 5_000

/** The people who were erased when it was read, and the `operationTime` of the read in seconds, if there was one. */
export interface ErasedPeople {
  has(person: string): boolean
  operation: number | undefined
}

/** A list of erased people. It was read after `since`. */
export interface ErasedList extends Pick<ErasedPeople, 'has'> {
  since: Instant
}

export const ERASED: Rejection = { code: 'erased', detail: 'this person has been erased' }

/** Caches the list of erased people for 5 s. */
export class ErasedPeopleCache {
  readonly #read: () => Promise<ErasedPeople>
  #list: ErasedList | undefined

  /** @param read reads the list from the primary with majority read concern */
  constructor(read: () => Promise<ErasedPeople>) {
    this.#read = read
  }

  /**
   * Returns a list that was read less than 5 s before the moment; reads it when there is none.
   * @param moment the present, with the `operationTime` of the last reply if there was one
   * @throws when the list can not be read
   */
  async list(moment: Instant = instant()): Promise<ErasedList> {
    if (this.#list && longestBetween(this.#list.since, moment) < LIST_TTL_MS) return this.#list
    const before = instant()
    const { has, operation } = await this.#read()
    this.#list = { has, since: operation === undefined ? before : { ...before, operation } }
    return this.#list
  }
}
