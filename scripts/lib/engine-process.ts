/** Runs a durable engine in its own process, which may be killed. Arguments: folder and port. Sends the URI of the database. */
import { startEngine } from '../../src/engine/engine.ts'
import { engineOptions } from './engine-options.ts'

const [, , folder = '', port = '0'] = process.argv
const progress = () => undefined
const engine = await startEngine({ ...engineOptions(), folder, port: Number(port), durable: true, progress })
process.send?.(engine.uri)
// Keeps the process alive.
setInterval(() => undefined, 60_000)
