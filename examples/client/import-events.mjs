/**
 * Imports the events of a file of newline-delimited JSON, with a key that has the scope events:write. An event needs `imageId`, `type`,
 * `at` and a person. Running it again imports nothing twice: the ids of the events are the names of the file and its lines.
 *
 *     npm run build
 *     GLANCE_URL=http://127.0.0.1:3000 GLANCE_KEY=... node examples/client/import-events.mjs events.ndjson
 */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient } from 'glance/client'

const [file = 'events.ndjson'] = process.argv.slice(2)
const { GLANCE_URL = 'http://127.0.0.1:3000', GLANCE_KEY } = process.env

async function* events() {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++
    if (line !== '') yield { id: `${basename(file)}:${number}`, ...JSON.parse(line) }
  }
}

const client = createClient({ url: GLANCE_URL, key: GLANCE_KEY })
const { accepted, rejectedCount, rejected, duplicates } = await client.events.stream(events(), {
  onProgress: ({ accepted }) => process.stderr.write(`${accepted} so far\n`),
})
for (const { index, code, detail } of rejected) process.stderr.write(`event ${index + 1}: ${code}: ${detail}\n`)
process.stdout.write(`${accepted} accepted, of which ${duplicates} were stored before; ${rejectedCount} rejected\n`)
process.exitCode = rejectedCount > 0 ? 1 : 0
