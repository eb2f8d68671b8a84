/** The embedded database alone in a process that the harness may kill: folder and port are its arguments. */
import { startEngine } from '../../src/engine/engine.ts'
import { engineOptions } from '../engine-options.ts'

const [, , folder = '', port = '0'] = process.argv
const engine = await startEngine({
  ...engineOptions(),
  uri: undefined,
  folder,
  port: Number(port),
  durable: true,
  progress: () => undefined,
})
process.stdout.write(`${engine.uri}\n`)
setInterval(() => undefined, 60_000)
