import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { withCleanUp } from './clean-up.ts'
import { engineOptions } from './engine-options.ts'

/**
 * Runs work on the database of the environment, or else on an embedded one in a temporary folder, which is removed afterwards. It runs
 * in its own process, as a database does, so that it does not compete for the event loop of the script.
 * @param prefix of the folder's name
 * @param work receives the URI, and the id of the process that runs an embedded one
 */
export async function withTemporaryEngine(
  prefix: string,
  work: (uri: string, process: number | undefined) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await chmod(folder, 0o755)
  const engine = await startChild<string>('lib/engine-process.ts', folder)
  await withCleanUp(
    () => work(engine.first, engineOptions().uri ? undefined : engine.process.pid),
    async () => {
      await engine.stop()
      // PostgreSQL writes to the folder until it notices that its parent process has ended.
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  )
}
