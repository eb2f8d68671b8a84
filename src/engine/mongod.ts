import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MongoMemoryReplSet } from 'mongodb-memory-server'
import type { EngineOptions, Running } from './options.ts'

/** A mongod as a replica set of one, so that transactions work; its data stay in the folder. */
export async function startMongod({ folder, mongodBinary, port, progress }: EngineOptions): Promise<Running> {
  const dbPath = join(folder, 'mongod')
  await mkdir(dbPath, { recursive: true })
  progress('starting mongod (the first time it is downloaded, some 100 MB)')
  const server = await MongoMemoryReplSet.create({
    replSet: { name: 'glance', count: 1, storageEngine: 'wiredTiger' },
    instanceOpts: [{ dbPath, storageEngine: 'wiredTiger', ...(port ? { port } : {}) }],
    binary: mongodBinary ? { systemBinary: mongodBinary } : {},
  })
  return { uri: server.getUri(), stop: async () => void (await server.stop({ doCleanup: false })) }
}
