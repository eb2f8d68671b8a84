import { serverAccount } from './documentdb/account.ts'
import { makeCluster } from './documentdb/cluster.ts'
import { dataFolder, packageCache } from './documentdb/folders.ts'
import { startPostgres } from './documentdb/postgres.ts'
import { installedTree } from './documentdb/tree.ts'
import { startGateway } from './gateway/gateway.ts'
import type { RunningServer, StartOptions } from './options.ts'

/**
 * Starts PostgreSQL with the DocumentDB extension, from Debian's packages, and the gateway that speaks MongoDB's wire protocol.
 * @throws EngineError when the packages can not be downloaded or the server does not start
 */
export async function startDocumentdb(options: StartOptions): Promise<RunningServer> {
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
