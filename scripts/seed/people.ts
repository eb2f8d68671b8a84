import { uuidv7 } from 'uuidv7'
import { LOCAL, Passwords } from '../../src/accounts/users/passwords.ts'
import { type User, users } from '../../src/accounts/users/user.ts'
import type { Database } from '../../src/database/connect.ts'

const PEOPLE = 200
/** The countries, with their UTC offset in hours. */
export const UTC_OFFSETS: Record<string, number> = { CH: 1, DE: 1, FR: 1, IT: 1, US: -6, JP: 9, BR: -3, IN: 5 }

/** A person of the demo; `since` is the time of the sign-up, in Unix ms. */
export interface Person {
  id: string
  geography: User['geography']
  since: number
}

/**
 * Creates the people, who signed up within the history. They share one password hash: 200 hashes would take a minute, and nobody signs in
 * as these people.
 * @param history in ms
 */
export async function createPeople(
  { connection }: Database,
  bcryptCost: number,
  history: number,
  random: () => number,
): Promise<Person[]> {
  const passwords = new Passwords(bcryptCost)
  const passwordHash = await passwords.hash(uuidv7(), LOCAL)
  await passwords.close()
  const countries = Object.keys(UTC_OFFSETS)
  const people = Array.from({ length: PEOPLE }, (_, i): User => {
    const email = `person-${i}-${uuidv7()}@example.com`
    const geography = { country: countries[Math.floor(random() ** 2 * countries.length)] ?? 'CH' }
    const createdAt = new Date(Date.now() - random() * history)
    return { _id: uuidv7(), email, emailKey: email, passwordHash, roles: ['user'], geography, createdAt }
  })
  await users(connection).insertMany(people)
  return people.map(({ _id, geography, createdAt }) => ({ id: _id, geography, since: createdAt.getTime() }))
}
