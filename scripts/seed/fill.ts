import type { Config } from '../../src/config/config.ts'
import type { Database } from '../../src/database/connect.ts'
import { randomFrom } from '../lib/random.ts'
import { COLLECTION } from './collection/collection.ts'
import { createPeople } from './people/create-people.ts'
import { personOf } from './people/person.ts'
import { makeKey } from './send/client.ts'
import { readExhibits } from './send/exhibits.ts'
import { streamEvents } from './send/post-events.ts'
import { uploadPictures } from './send/upload-pictures.ts'
import { historyOf } from './visits/history.ts'

const DAY_MS = 86_400_000
const HISTORY_MS = 48 * DAY_MS
const SEED = 20_261_124
/** The admin, whose password all people of the demo have. */
export const ADMIN = { email: 'demo@example.com', password: 'the demo password' }

/** Receives how far a task is. */
type Progress = (task: string, done: number, total: number) => void

/** Returns the configuration of a service that accepts events of the whole history. */
export function acceptingHistory(config: Config): Config {
  return { ...config, retention: { ...config.retention, accept: HISTORY_MS + DAY_MS } }
}

/** Fills a running service, whose database is empty but for the admin: people, pictures, and the events of seven weeks. */
export async function fill(
  service: { url: string; database: Database; bcryptCost: number },
  progress: Progress,
): Promise<void> {
  const { url, database, bcryptCost } = service
  const random = randomFrom(SEED)
  const people = await createPeople(database, { password: ADMIN.password, bcryptCost, history: HISTORY_MS }, random)
  const place = { url, database, admin: ADMIN, people, history: HISTORY_MS }
  await uploadPictures(place, count => progress('pictures', count, COLLECTION.length))
  const cast = { people: people.map(personOf), exhibits: await readExhibits(url) }
  const events = historyOf(cast, HISTORY_MS, random)
  let sent = 0
  const key = await makeKey(url, ADMIN)
  await streamEvents(events, { url, key, database }, () => progress('events', ++sent, events.length))
}
