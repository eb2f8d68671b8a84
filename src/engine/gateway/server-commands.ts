import type { BSON } from 'mongodb'
import { CommandError } from './errors/command-error.ts'
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

/** What replies about the server contain. */
export interface ServerFacts {
  /** `host:port`. */
  address: string
  setName: string
  isUp: boolean
  /** Names of all commands. */
  commands: string[]
}

type FixedReply = (facts: ServerFacts, body: BSON.Document) => BSON.Document

const FEATURE_COMPATIBILITY = { version: '7.0' }
/** The parameters that `getParameter` knows. */
const PARAMETERS: BSON.Document = {
  featureCompatibilityVersion: FEATURE_COMPATIBILITY,
  ttlMonitorSleepSecs: 60,
  transactionLifetimeLimitSeconds: 60,
  cursorTimeoutMillis: 600_000,
  logLevel: 0,
  quiet: false,
}
const INVALID_OPTIONS = 72
const startedAt = Date.now()

const buildInfo: FixedReply = () => ({
  version: VERSION,
  versionArray: [7, 0, 0, 0],
  gitVersion: 'documentdb',
  modules: [],
  bits: 64,
  maxBsonObjectSize: 16_777_216,
  ok: 1,
})

/** Replies to commands that need no database: queries about the server, and session commands without effect on a single node. */
export const fixedReplies: Record<string, FixedReply> = {
  endSessions: () => ({ ok: 1 }),
  refreshSessions: () => ({ ok: 1 }),
  startSession: () => ({ ok: 1 }),
  buildInfo,
  buildinfo: buildInfo,
  getCmdLineOpts: () => ({ argv: [], parsed: {}, ok: 1 }),
  getParameter: (_facts, body) => ({ ...parametersIn(body), ok: 1 }),
  getLog: () => ({ totalLinesWritten: 0, log: [], ok: 1 }),
  hostInfo: () => ({ system: { currentTime: new Date() }, os: { type: process.platform }, ok: 1 }),
  whatsmyuri: () => ({ you: '127.0.0.1:0', ok: 1 }),
  listCommands: ({ commands }) => ({ commands: Object.fromEntries(commands.map(name => [name, { help: '' }])), ok: 1 }),
  usersInfo: () => ({ users: [], ok: 1 }),
  rolesInfo: () => ({ roles: [], ok: 1 }),
  top: () => ({ totals: {}, ok: 1 }),
  replSetGetStatus: ({ address, setName, isUp }) => ({
    set: setName,
    date: new Date(),
    myState: isUp ? 1 : 2,
    members: [{ _id: 0, name: address, health: 1, state: isUp ? 1 : 2, stateStr: stateOf(isUp), self: true }],
    ok: 1,
  }),
  replSetGetConfig: ({ address, setName }) => ({
    config: { _id: setName, version: 1, members: [{ _id: 0, host: address, priority: 1, votes: 1 }] },
    ok: 1,
  }),
  serverStatus: ({ address, setName }) => ({
    host: address,
    version: VERSION,
    process: 'documentdb',
    pid: process.pid,
    uptime: (Date.now() - startedAt) / 1000,
    localTime: new Date(),
    repl: { setName, isWritablePrimary: true, hosts: [address], primary: address, me: address },
    mem: { bits: 64, resident: Math.round(process.memoryUsage.rss() / 1_048_576) },
    ok: 1,
  }),
}

function stateOf(isUp: boolean): string {
  return isUp ? 'PRIMARY' : 'SECONDARY'
}

/** Returns the parameters that a command names, or all of them for `*`. */
function parametersIn(body: BSON.Document): BSON.Document {
  if (body.getParameter === '*') return PARAMETERS
  const known = Object.entries(PARAMETERS).filter(([name]) => name in body)
  if (known.length === 0) throw new CommandError(INVALID_OPTIONS, 'no option found to get')
  return Object.fromEntries(known)
}
