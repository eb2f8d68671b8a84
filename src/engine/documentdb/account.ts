import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'

/**
 * The uid and gid of the database server when the service runs as root, since PostgreSQL refuses to run as root. Neither Debian nor
 * systemd assigns this id, and it is below 65,536, the limit in containers with a user namespace.
 */
const SERVER_ID = 60_689

/** The operating system account that the database server runs as. */
export interface Account {
  /** Whether it differs from the account of this process, which is then root. */
  dropsPrivileges: boolean
  uid: number
  gid: number
}

/** Returns the account of the database server: the account of this process, or a dedicated one when that is root. */
export function serverAccount(): Account {
  const uid = process.getuid?.() ?? -1
  return uid === 0
    ? { dropsPrivileges: true, uid: SERVER_ID, gid: SERVER_ID }
    : { dropsPrivileges: false, uid, gid: process.getgid?.() ?? -1 }
}

/** The environment of the programs that are started. */
const BASE_ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/** Starts a program as an account. It does not inherit the environment of this process, only a minimal one and `env`. */
export function spawnAs(
  account: Account,
  command: string,
  args: string[],
  { env, ...options }: SpawnOptions,
): ChildProcess {
  const settings = { ...options, env: { ...BASE_ENVIRONMENT, ...env }, cwd: '/' }
  if (!account.dropsPrivileges) return spawn(command, args, settings)
  const setprivArgs = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', command, ...args]
  return spawn('setpriv', setprivArgs, settings)
}
