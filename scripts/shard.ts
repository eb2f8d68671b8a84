/**
 * `npm run shard [-- --apply]`: the commands that spread the collections over the shards of a cluster, by image and time.
 * Prints them; with --apply runs them, on a mongos, on the database that the environment names.
 */
import { parseArgs } from 'node:util'
import type { mongo } from 'mongoose'
import { openLogOf, withDatabase } from './lib/database.ts'

const { values } = parseArgs({ options: { apply: { type: 'boolean', default: false } } })

await withDatabase(async (database, config) => {
  const { layout } = await openLogOf(database, config)
  const admin = database.client.db('admin')
  for (const { on, command } of shardCommands(config.database, layout)) {
    process.stdout.write(`db.getSiblingDB('${on}').runCommand(${JSON.stringify(command)})\n`)
    if (values.apply) await (on === 'admin' ? admin : database.db).command(command)
  }
})

/** Equal events have equal keys, so that identity holds on every shard; every hot filter names the key of its collection. */
function shardCommands(database: string, layout: 'plain' | 'timeseries'): { on: string; command: mongo.Document }[] {
  const keys: [string, Record<string, 1 | 'hashed'>][] = [
    ['events', layout === 'timeseries' ? { imageId: 1 } : { imageId: 1, at: 1 }],
    ['marks', { imageId: 1 }],
    ['rollups', { imageId: 1 }],
    ['feedback', { person: 1, imageId: 1 }],
    ['blobs.chunks', { files_id: 'hashed' }],
  ]
  return [
    { on: 'admin', command: { enableSharding: database } },
    ...keys.flatMap(([collection, key]) => {
      const name = Object.entries(key).flat().join('_')
      const index = {
        createIndexes: collection,
        indexes: [{ key, name, ...(collection === 'feedback' ? { unique: true } : {}) }],
      }
      return [
        // A time series has the index of its meta field; the others need one that begins with the key.
        ...(collection === 'events' && layout === 'timeseries' ? [] : [{ on: database, command: index }]),
        { on: 'admin', command: { shardCollection: `${database}.${collection}`, key } },
      ]
    }),
  ]
}
