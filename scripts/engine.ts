/** `npm run engine`: the embedded database alone, for looking around in it with mongosh or a driver. */
import closeWithGrace from 'close-with-grace'
import { startEngine } from '../src/engine/engine.ts'
import { engineOptions } from './engine-options.ts'

const write = (line: string) => process.stdout.write(`${line}\n`)

const engine = await startEngine({ ...engineOptions(), folder: '.glance', durable: true, progress: write }).catch(
  error => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  },
)
write(`${engine.kind}: ${engine.reason}`)
write(engine.uri)
write(`mongosh '${engine.uri}'`)
const alive = setInterval(() => undefined, 60_000)
closeWithGrace({ delay: 15_000, logger: false }, async () => {
  clearInterval(alive)
  await engine.stop()
})
