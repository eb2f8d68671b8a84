import { readdir, readFile } from 'node:fs/promises'

/** The clock tick of /proc, the same on all Linux systems. */
const TICKS_PER_SECOND = 100

interface ProcessTimes {
  id: number
  parent: number
  /** CPU time of the process itself, in ticks. */
  own: number
  /** CPU time of its children that have ended, in ticks. */
  ended: number
}

/**
 * Returns the CPU time that a process has used so far, and that all of its descendants have used, including those that have ended, in
 * seconds.
 * @throws Error where there is no /proc, or when the process has ended
 */
export async function cpuSeconds(id: number): Promise<{ own: number; descendants: number }> {
  const processes = await processTimes()
  const root = processes.find(process => process.id === id)
  if (!root) throw new Error(`process ${id} has ended`)
  const childrenOf = (parent: ProcessTimes): ProcessTimes[] =>
    processes.filter(process => process.parent === parent.id).flatMap(child => [child, ...childrenOf(child)])
  const ticks = childrenOf(root).reduce((sum, { own, ended }) => sum + own + ended, root.ended)
  return { own: root.own / TICKS_PER_SECOND, descendants: ticks / TICKS_PER_SECOND }
}

async function processTimes(): Promise<ProcessTimes[]> {
  const ids = (await readdir('/proc')).map(Number).filter(id => id > 0)
  // A process may end while its file is being read; its times are then among those of its parent.
  const files = await Promise.all(ids.map(id => readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined)))
  return files.flatMap((file, i) => (file === undefined ? [] : { id: ids[i] ?? 0, ...parseStat(file) }))
}

/** Parses the fields after the name of the program, which may contain spaces. Source: proc_pid_stat(5). */
function parseStat(file: string): Omit<ProcessTimes, 'id'> {
  const fields = file
    .slice(file.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [parent = 0, userTime = 0, systemTime = 0, endedUserTime = 0, endedSystemTime = 0] = [
    fields[1],
    ...fields.slice(11, 15),
  ]
  return { parent, own: userTime + systemTime, ended: endedUserTime + endedSystemTime }
}
