import type { BSON } from 'mongodb'
import { MAX_FRAME_BYTES } from './protocol/wire.ts'

/** The wire version of MongoDB 7.0. */
const WIRE_VERSION = 21
const VERSION = '7.0.0'

/**
 * Returns the reply to `hello`. The gateway presents itself as the primary of a replica set with one member, since drivers allow
 * transactions only on a replica set; while the database is down, as a member that is not primary, so that drivers wait for one.
 */
export function hello(address: string, setName: string, isUp: boolean): BSON.Document {
  return {
    helloOk: true,
    isWritablePrimary: isUp,
    ismaster: isUp,
    secondary: false,
    setName,
    setVersion: 1,
    hosts: [address],
    ...(isUp && { primary: address }),
    me: address,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: MAX_FRAME_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ok: 1,
  }
}

/** Replies to commands that need no database: queries about the server, and session commands without effect on a single node. */
export const fixedReplies: Record<string, () => BSON.Document> = {
  endSessions: () => ({ ok: 1 }),
  refreshSessions: () => ({ ok: 1 }),
  startSession: () => ({ ok: 1 }),
  buildInfo: () => ({ version: VERSION, versionArray: [7, 0, 0, 0], gitVersion: 'documentdb', modules: [], ok: 1 }),
  getCmdLineOpts: () => ({ argv: [], parsed: {}, ok: 1 }),
  getParameter: () => ({ featureCompatibilityVersion: { version: '7.0' }, ok: 1 }),
  getLog: () => ({ totalLinesWritten: 0, log: [], ok: 1 }),
  hostInfo: () => ({ system: { currentTime: new Date() }, os: { type: process.platform }, ok: 1 }),
  serverStatus: () => ({
    version: VERSION,
    process: 'documentdb',
    uptime: process.uptime(),
    localTime: new Date(),
    ok: 1,
  }),
}
