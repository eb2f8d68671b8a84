import { serverAccount } from './documentdb/account.ts'
import { makeCluster } from './documentdb/cluster.ts'
import { dataFolder, packageCache } from './documentdb/folders.ts'
import { startPostgres } from './documentdb/postgres.ts'
import { installedTree } from './documentdb/tree.ts'
import { startGateway } from './gateway/gateway.ts'
import type { Running, StartOptions } from './options.ts'

/** Starts PostgreSQL with the DocumentDB extension, from Debian's packages, behind our gateway. */
export async function startDocumentdb(options: StartOptions): Promise<Running> {
  const { folder, credentials, port, replicaSet, durable, progress } = options
  const account = serverAccount()
  const tree = await installedTree(await packageCache(account), options.debianMirror, progress)
  const data = await dataFolder(folder, account, progress)
  const cluster = await makeCluster(tree, data, account, progress)
  const postgres = await startPostgres({ tree, cluster, account, durable, progress })
  try {
    const gateway = await startGateway({ postgres, credentials, port, replicaSet })
    return { port: gateway.port, data, stop: () => gateway.close().finally(() => postgres.stop()) }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}
