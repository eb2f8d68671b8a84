import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'

/**
 * The uid and gid of the server when the service runs as root: postgres refuses root. No account of Debian's or of systemd's has
 * it, and it is below 65,536, where containers with a user namespace end.
 */
const SERVER_ID = 60_689

/** The account that the database server runs as. */
export interface Account {
  /** It is not the account of this process. */
  dropped: boolean
  uid: number
  gid: number
}

export function serverAccount(): Account {
  const uid = process.getuid?.() ?? -1
  return uid === 0
    ? { dropped: true, uid: SERVER_ID, gid: SERVER_ID }
    : { dropped: false, uid, gid: process.getgid?.() ?? -1 }
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/** Starts a program as that account, with nothing of this process's environment but what `env` adds. */
export function spawnAs(
  account: Account,
  command: string,
  args: string[],
  { env, ...options }: SpawnOptions,
): ChildProcess {
  const settings = { ...options, env: { ...ENVIRONMENT, ...env }, cwd: '/' }
  if (!account.dropped) return spawn(command, args, settings)
  const drop = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', command, ...args]
  return spawn('setpriv', drop, settings)
}
