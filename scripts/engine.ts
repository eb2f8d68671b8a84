/** `npm run engine [-- --port N]`: runs the embedded database without the service, for use with mongosh or a driver. */
import { relative } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { loadConfig } from '../src/config/config.ts'
import { startEngine, uriFile } from '../src/engine/engine.ts'
import { readCommand, refuseWords } from './lib/command.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)

const HELP = `npm run engine -- [--port N]

Runs the embedded database without the service, for use with mongosh or a driver.`

const port = readCommand(HELP, { port: { type: 'string' } }, (values, words) => {
  refuseWords(words)
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Error(`--port must be a number from 1 to 65535, not ${values.port}`)
  }
  return port
})

async function start() {
  const { engine, mongodbUri } = loadConfig(process.env)
  return {
    folder: engine.folder,
    engine: await startEngine({ ...engine, uri: mongodbUri, port, durable: true, progress: print }),
  }
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

const { folder, engine } = await start().catch(fail)
print(`${engine.kind}: ${engine.reason}`)
print(engine.uri)
if (engine.data) print(`mongosh "$(cat ${relative('', uriFile(folder))})"`)
// Keeps the process alive.
const keepAlive = setInterval(() => undefined, 60_000)
closeWithGrace({ delay: 15_000, logger: false }, async ({ err }) => {
  clearInterval(keepAlive)
  if (err) process.stderr.write(`${err.message}\n`)
  await engine.stop()
})
