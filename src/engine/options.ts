import type { EngineKind } from './choice.ts'

export interface EngineOptions {
  /** A server of the operator's: taken as it is, nothing is started. */
  uri?: string | undefined
  /** Where data and memory of the engine lie. */
  folder: string
  /** Forces one kind. */
  kind?: EngineKind | undefined
  debianMirror?: string | undefined
  mongodBinary?: string | undefined
  /** What was acknowledged survives a power cut; off only in tests. */
  durable: boolean
  /** Of MongoDB's wire protocol; none is any that is free. */
  port?: number | undefined
  /** Told a line for each long step. */
  progress: (line: string) => void
}

/** A server that was started, and how to stop it. */
export interface Running {
  uri: string
  stop(): Promise<void>
}
