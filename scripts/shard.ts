/**
 * `npm run shard [-- --apply]`: prints the commands that shard the collections by image and time. With --apply it also runs them on
 * the database of the environment, which must be reached through a mongos.
 */
import type { mongo } from 'mongoose'
import { print, readCommand, refuseWords } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'

const HELP = `npm run shard -- [--apply]

Prints the commands that shard the collections by image and time. --apply also runs them; the database must be reached through a
mongos.`

const { apply } = readCommand(HELP, { apply: { type: 'boolean', default: false } }, (values, words) => {
  refuseWords(words)
  return values
})

await withDatabase(async (database, config) => {
  const { layout } = await openLogOf(database, config)
  const admin = database.client.db('admin')
  for (const { runsOn, command } of shardCommands(config.database, layout)) {
    await print(`db.getSiblingDB('${runsOn}').runCommand(${JSON.stringify(command)})\n`)
    if (apply) await (runsOn === 'admin' ? admin : database.db).command(command)
  }
})

/**
 * Returns the commands and their databases. Events with the same `_id` have the same shard key, so duplicates meet on one shard; every
 * frequent filter contains the shard key of its collection.
 */
function shardCommands(
  database: string,
  layout: 'plain' | 'timeseries',
): { runsOn: string; command: mongo.Document }[] {
  const keys: [string, Record<string, 1 | 'hashed'>][] = [
    ['events', layout === 'timeseries' ? { imageId: 1 } : { imageId: 1, at: 1 }],
    ['marks', { imageId: 1 }],
    ['rollups', { imageId: 1 }],
    ['partials', { imageId: 1 }],
    ['feedback', { person: 1, imageId: 1 }],
    ['blobs.chunks', { files_id: 'hashed' }],
  ]
  return [
    { runsOn: 'admin', command: { enableSharding: database } },
    ...keys.flatMap(([collection, key]) => {
      const name = Object.entries(key).flat().join('_')
      const index = {
        createIndexes: collection,
        indexes: [{ key, name, ...(collection === 'feedback' ? { unique: true } : {}) }],
      }
      return [
        // A time series has an index of its meta field; other collections need an index that begins with the shard key.
        ...(collection === 'events' && layout === 'timeseries' ? [] : [{ runsOn: database, command: index }]),
        { runsOn: 'admin', command: { shardCollection: `${database}.${collection}`, key } },
      ]
    }),
  ]
}
