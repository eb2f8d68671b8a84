import { setTimeout as pause } from 'node:timers/promises'
import { users } from '../../src/accounts/users/user.ts'
import type { Database } from '../../src/database/connect.ts'
import { chooseBy } from '../seed/choose.ts'
import { ADMIN } from '../seed/fill.ts'
import { businessOf, type Person, personOf } from '../seed/people/person.ts'
import { makeKey } from '../seed/send/client.ts'
import { readExhibits } from '../seed/send/exhibits.ts'
import { postEvents } from '../seed/send/post-events.ts'
import type { DemoEvent } from '../seed/visits/demo-event.ts'
import { seenExhibits } from '../seed/visits/history.ts'
import { visitOf } from '../seed/visits/visit.ts'

const INTERVAL_MS = 1_000
/** A visit has about 20 events. More visits would dwarf the history in the charts. */
const BETWEEN_VISITS_MS = 60_000

/** Sends the events of visits at their time, for ever: about 20 events a minute. */
export async function goOn(url: string, database: Database): Promise<never> {
  const stored = await users(database.connection)
    .find({ displayName: { $exists: true } })
    .lean()
  const people = stored.map(personOf)
  const exhibits = seenExhibits(await readExhibits(url))
  const key = await makeKey(url, ADMIN)
  let coming: DemoEvent[] = []
  for (let next = Date.now(); ; await pause(INTERVAL_MS)) {
    const now = Date.now()
    while (next < now) {
      coming.push(...visitOf(whoComes(people, now), exhibits, now, Math.random))
      next -= BETWEEN_VISITS_MS * Math.log(Math.random())
    }
    const due = coming.filter(({ at }) => Date.parse(at) <= now)
    if (due.length > 0) await postEvents(due, { url, key, database })
    coming = coming.filter(event => !due.includes(event))
  }
}

/** Chooses a person: those who come often, and at this time of their day, are chosen most often. */
function whoComes(people: Person[], now: number): Person {
  const present = people.filter(({ until }) => until > now)
  return chooseBy(present, person => person.visitsPerWeek * businessOf(person, now), Math.random)
}
