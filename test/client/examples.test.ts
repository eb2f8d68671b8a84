import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { startCommand } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/client/', import.meta.url))

const world = await openWorld(t)
const { db } = world.database

/** Starts an example with a key of its own. */
async function start(t: Test, name: string, scopes: string[], env: NodeJS.ProcessEnv = {}, words: string[] = []) {
  const { key } = await world.hasKey({ app: 'example', scopes })
  return startCommand(t, process.execPath, [join(EXAMPLES, name), ...words], {
    GLANCE_URL: world.url,
    GLANCE_KEY: key,
    ...env,
  })
}

t.test('10,000 events of a file are imported, and once when it is imported again', async t => {
  const owner = await world.signsUp('owner')
  const { body: image } = await owner.uploads(await noise(8, 8))
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const lines = Array.from({ length: 10_000 }, (_, index) =>
    JSON.stringify({ imageId: image.id, type: 'view', at, appUserId: `person-${index % 100}`, listId: 'imported' }),
  )
  const file = join(t.testdir(), 'events.ndjson')
  await writeFile(file, lines.join('\n'))
  for (let turn = 0; turn < 2; turn++) {
    const command = await start(t, 'import-events.mjs', ['events:write'], {}, [file])
    t.equal(await command.ended(), 0, command.output())
    t.match(command.output(), /10000 accepted, of which \d+ were stored before; 0 rejected/)
    t.equal(await loggedEvents(db, { listId: 'imported' }), 10_000)
  }
})

t.test('an import names the events that are rejected', async t => {
  const file = join(t.testdir(), 'events.ndjson')
  await writeFile(file, '\n{"imageId": "nothing", "type": "view", "appUserId": "a", "at": "yesterday"}\n')
  const command = await start(t, 'import-events.mjs', ['events:write'], {}, [file])
  t.equal(await command.ended(), 1)
  t.match(command.output(), /event 1: bad_field: .*\n0 accepted, .*; 1 rejected/)
})

t.test('the server of an app uploads pictures, shows them and counts views', async t => {
  const app = await start(t, 'backend.mjs', ['images:write', 'events:write', 'stats:read'], { PORT: '0' })
  const [url = ''] = await app.says(/http:\S+/)
  const upload = await fetch(`${url}/pictures`, { method: 'PUT', body: new Uint8Array(await noise(30, 20)) })
  t.equal(upload.status, 201)
  const { id } = (await upload.json()) as { id: string }
  t.match(await (await fetch(`${url}/pictures`)).json(), [{ id }])

  const picture = await fetch(`${url}/picture/${id}`, { headers: { 'x-user': 'u-1' } })
  t.equal(picture.status, 200, 'the redirection leads to the file')
  await picture.arrayBuffer()
  await until('the view is counted', async () => {
    const { views } = (await (await fetch(`${url}/views/${id}`)).json()) as { views: number }
    return views === 1
  })

  const refused = await fetch(`${url}/pictures`, { method: 'PUT', body: 'no picture' })
  t.equal(refused.status, 415)
  t.match(await refused.json(), { detail: /./ })
  t.equal((await fetch(`${url}/picture/nothing`)).status, 404)
  t.equal(await app.kill('SIGTERM'), 0)
  t.match(app.output(), /all events are sent/)
})
