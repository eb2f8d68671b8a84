import type { EngineKind } from './choose-engine.ts'

export interface EngineOptions {
  /** A server of the operator's: taken as it is, nothing is started. */
  uri?: string | undefined
  /** Where the engine keeps its data, its password and its port. */
  folder: string
  /** Forces one kind. */
  kind?: EngineKind | undefined
  debianMirror?: string | undefined
  mongodBinary?: string | undefined
  /** What was acknowledged survives a power cut; off only in tests. */
  durable: boolean
  /** Where it listens on loopback; none is the port of the last start, or any that is free. */
  port?: number | undefined
  /** Told a line for each long step, and when the database server has ended and runs again. */
  progress: (line: string) => void
}

/** The database's only user. */
export interface Credentials {
  user: string
  password: string
}

/** What a kind of engine is started with. */
export interface StartOptions extends EngineOptions {
  credentials: Credentials
  /** 0 is any that is free. */
  port: number
  replicaSet: string
}

/** A server that was started. */
export interface Running {
  /** Of MongoDB's wire protocol, on loopback. */
  port: number
  /** Where its data lie. */
  data: string
  stop(): Promise<void>
}
