import { join } from 'node:path'
import { serverAccount } from './documentdb/account.ts'
import { makeCluster } from './documentdb/cluster.ts'
import { dataFolder, packageCache } from './documentdb/folders.ts'
import { startPostgres } from './documentdb/postgres.ts'
import { installedTree } from './documentdb/tree.ts'
import { startGateway } from './gateway/gateway.ts'
import type { EngineOptions, Running } from './options.ts'

const REPLICA_SET = 'glance'

/** PostgreSQL with the DocumentDB extension, from Debian's packages, behind our gateway. */
export async function startDocumentdb(options: EngineOptions): Promise<Running> {
  const { progress } = options
  const account = serverAccount()
  const tree = await installedTree(packageCache(account), options.debianMirror, progress)
  const data = await dataFolder(options.folder, account, progress)
  const cluster = join(data, 'cluster')
  await makeCluster(tree, cluster, account, progress)
  const postgres = await startPostgres({ tree, cluster, account, durable: options.durable })
  try {
    const gateway = await startGateway({ postgres: postgres.address, port: options.port ?? 0, replicaSet: REPLICA_SET })
    return {
      uri: `mongodb://127.0.0.1:${gateway.port}/?replicaSet=${REPLICA_SET}`,
      stop: () => gateway.close().finally(() => postgres.stop()),
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}
