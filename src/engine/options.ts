import type { EngineKind } from './choose-engine.ts'

/** Options of the database that the service uses. */
export interface EngineOptions {
  /** Connection string of an existing MongoDB. When it is set, nothing is started and the other options are ignored. */
  uri?: string | undefined
  /** The folder for the data, the password and the port of the embedded database. */
  folder: string
  /** The kind to start; chosen by `chooseEngine` when undefined. */
  kind?: EngineKind | undefined
  /** URL of the Debian mirror to download from; undefined for the mirror of the machine. */
  debianMirror?: string | undefined
  /** Path of the mongod to start. */
  mongodBinary?: string | undefined
  /** Whether acknowledged writes survive a power failure; false only in tests. */
  durable: boolean
  /** The port on loopback; undefined for the port of the last start, or a free one. */
  port?: number | undefined
  /** Receives a line for each long step, and when the database server has ended and when it runs again. */
  progress: (line: string) => void
}

/** Name and password of the database's only user. */
export interface Credentials {
  user: string
  password: string
}

/** Options for starting an embedded database. */
export interface StartOptions extends EngineOptions {
  credentials: Credentials
  /** 0 selects a free port. */
  port: number
  /** The name of the replica set. */
  replicaSet: string
}

/** An embedded database that was started. */
export interface RunningServer {
  /** The port of MongoDB's wire protocol, on loopback. */
  port: number
  /** The folder of its data. */
  data: string
  stop(): Promise<void>
}
