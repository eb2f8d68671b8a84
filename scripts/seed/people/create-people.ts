import { uuidv7 } from 'uuidv7'
import { LOCAL, Passwords } from '../../../src/accounts/users/passwords.ts'
import { type User, users } from '../../../src/accounts/users/user.ts'
import type { Database } from '../../../src/database/connect.ts'
import { chooseBy } from '../choose.ts'
import { NAMES } from './names.ts'
import { COUNTRIES } from './person.ts'

const PEOPLE = 200
const COUNTRY_CODES = Object.keys(COUNTRIES)
/** The first ones were there at the beginning; some of them own pictures. */
const FOUNDERS = 60

/**
 * Creates the people, who signed up at the beginning of the history or within it. They share one password hash: 200 hashes would
 * take a minute.
 * @param history in ms
 */
export async function createPeople(
  { connection }: Database,
  { password, bcryptCost, history }: { password: string; bcryptCost: number; history: number },
  random: () => number,
): Promise<User[]> {
  const passwords = new Passwords(bcryptCost)
  const passwordHash = await passwords.hash(password, LOCAL)
  await passwords.close()
  const people = NAMES.slice(0, PEOPLE).map((displayName, i): User => {
    const _id = uuidv7()
    const email = `${displayName.toLowerCase()}.${_id.slice(-6)}@example.com`
    const age = i < FOUNDERS ? history : history * (1 - random() ** 0.8)
    const geography = { country: chooseBy(COUNTRY_CODES, code => COUNTRIES[code]?.weight ?? 0, random) }
    const createdAt = new Date(Date.now() - age)
    return { _id, email, emailKey: email, passwordHash, roles: ['user'], displayName, geography, createdAt }
  })
  await users(connection).insertMany(people)
  return people
}
