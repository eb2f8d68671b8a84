/** A durable engine in a process that may be killed; folder and port are its arguments. */
import { startEngine } from '../../src/engine/engine.ts'
import { engineOptions } from './engine-options.ts'

const [, , folder = '', port = '0'] = process.argv
const progress = () => undefined
const engine = await startEngine({ ...engineOptions(), folder, port: Number(port), durable: true, progress })
process.send?.(engine.uri)
setInterval(() => undefined, 60_000)
