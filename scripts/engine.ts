/** `npm run engine`: the embedded database alone, for looking around in it with mongosh or a driver. */
import closeWithGrace from 'close-with-grace'
import { loadConfig } from '../src/config.ts'
import { startEngine } from '../src/engine/engine.ts'

const write = (line: string) => process.stdout.write(`${line}\n`)

async function start() {
  const { engine, mongodbUri } = loadConfig(process.env)
  return startEngine({ ...engine, uri: mongodbUri, durable: true, progress: write })
}

const engine = await start().catch(error => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
write(`${engine.kind}: ${engine.reason}`)
write(engine.uri)
write(`mongosh '${engine.uri}'`)
const alive = setInterval(() => undefined, 60_000)
closeWithGrace({ delay: 15_000, logger: false }, async () => {
  clearInterval(alive)
  await engine.stop()
})
