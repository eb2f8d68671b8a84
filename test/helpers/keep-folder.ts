/** Creates a temporary folder, prints its path and runs until it is killed. */
import { temporaryFolder } from '../../src/lib/temporary-folder.ts'

process.stdout.write(`${await temporaryFolder('test')}\n`)
setInterval(() => undefined, 60_000)
