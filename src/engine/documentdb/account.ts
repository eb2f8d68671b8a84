import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'

/** Debian's `nobody` and `nogroup`. */
const NOBODY = 65534

/** Whom the database runs as: postgres refuses root, so root drops to an account without rights. */
export interface Account {
  dropped: boolean
  uid: number
  gid: number
}

export function serverAccount(): Account {
  const uid = process.getuid?.() ?? -1
  return uid === 0
    ? { dropped: true, uid: NOBODY, gid: NOBODY }
    : { dropped: false, uid, gid: process.getgid?.() ?? -1 }
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/** Starts a program as that account, with nothing of our environment. */
export function spawnAs(account: Account, command: string, args: string[], options: SpawnOptions): ChildProcess {
  const settings = { ...options, env: ENVIRONMENT, cwd: '/' }
  if (!account.dropped) return spawn(command, args, settings)
  const drop = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', command, ...args]
  return spawn('setpriv', drop, settings)
}
