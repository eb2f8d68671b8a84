import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Kills the processes of a server whose main process has ended. They hold its shared memory, so that no other server can start in the
 * cluster, and not all of them notice the end: pg_cron waits for ever for the workers of a job.
 */
export async function killLeftovers(cluster: string): Promise<void> {
  const [main] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const ids = await processesIn(await realpath(cluster))
  if (ids.includes(Number(main))) return
  for (const id of ids) kill(id)
}

/** Returns the ids of the server processes that run in a folder. */
async function processesIn(folder: string): Promise<number[]> {
  const ids = (await readdir('/proc')).map(Number).filter(id => id > 0)
  const found = await Promise.all(
    ids.map(async id => {
      const cwd = await readlink(`/proc/${id}/cwd`).catch(() => '')
      return cwd === folder && (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).includes('/bin/postgres')
    }),
  )
  return ids.filter((_, i) => found[i])
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
