import type { Rejection } from '../event.ts'
import { type Instant, instant, longestBetween } from '../log/clock.ts'

/** How long a list serves, in ms: twice as long after somebody was erased nobody adds to them any more. */
const SERVES = 5_000

/** Whether a person is erased, as it was known when a list was read; the database's clock then, in seconds, where it told. */
export interface ErasedPeople {
  has(person: string): boolean
  operation: number | undefined
}

/** A list of the erased, with the moment before which it was not read. */
export interface ErasedList extends Pick<ErasedPeople, 'has'> {
  since: Instant
}

export const ERASED: Rejection = { code: 'erased', detail: 'this person is erased' }

/** Knows who is erased and must not be added to, never more than 5 s late. */
export class ErasedPeopleCache {
  readonly #read: () => Promise<ErasedPeople>
  #list: ErasedList | undefined

  /** @param read fetches who is erased by now, from the primary, as a majority has it */
  constructor(read: () => Promise<ErasedPeople>) {
    this.#read = read
  }

  /**
   * The list that was read less than 5 s before a moment, or a new one.
   * @param moment now; with the database's clock in it where a reply has just carried it
   * @throws when it can not be read: then nobody knows who is erased
   */
  async list(moment: Instant = instant()): Promise<ErasedList> {
    if (this.#list && longestBetween(this.#list.since, moment) < SERVES) return this.#list
    const before = instant()
    const { has, operation } = await this.#read()
    this.#list = { has, since: operation === undefined ? before : { ...before, operation } }
    return this.#list
  }
}
