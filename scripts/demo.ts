/** `npm run demo`: runs the service with demo data in a folder of its own, and with people who look at its pictures. */
import closeWithGrace from 'close-with-grace'
import { DemoService } from './demo/demo-service.ts'
import { readCommand, refuseWords } from './lib/command.ts'
import { ADMIN } from './seed/fill.ts'

const HELP = `npm run demo -- [--help]

Runs the service with demo data: 50 pictures, 200 people and a bot, and the events of the last seven weeks, which arrive within two minutes.
After that, people go on looking at the pictures until Ctrl+C. The data are kept in .glance/demo; remove that folder to begin anew. It
uses the embedded database in any case, and port 3000 or PORT, or the next one that is free.`

readCommand(HELP, {}, (_, words) => refuseWords(words))

const print = (line: string) => process.stdout.write(`${line}\n`)
const demo = new DemoService(print)
// Registered first: a signal during the start must also stop the database.
closeWithGrace({ delay: 20_000, logger: false }, async ({ err }) => {
  if (err) process.stderr.write(`${err.message}\n`)
  await demo.stop()
})
const url = await demo.start().catch(async error => {
  process.stderr.write(`${error.message}\n`)
  await demo.stop()
  process.exit(1)
})
print(`
Glance is running with demo data: ${url}/dashboard/

  E-mail    ${ADMIN.email}
  Password  ${ADMIN.password}
  API       ${url}/docs
  Stop      Ctrl+C
`)
await demo.startVisits()
