import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { startCommand } from '../helpers/service.ts'
import { openWorld } from '../helpers/world.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

t.test('the snippets of docs/client.md work as they are written', async t => {
  const world = await openWorld(t)
  const page = await readFile(join(ROOT, 'docs/client.md'), 'utf8')
  const snippets = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, snippet = '']) => snippet)
  const folder = t.testdir({ node_modules: {} })
  await symlink(ROOT, join(folder, 'node_modules/glance'))
  await writeFile(join(folder, 'photo.jpg'), await noise(300, 200))
  await writeFile(join(folder, 'snippets.mjs'), snippets.join('\n').replaceAll('http://127.0.0.1:3000', world.url))

  const command = startCommand(t, process.execPath, ['snippets.mjs'], {}, { cwd: folder })
  t.equal(await command.ended(), 0, command.output())
  const output = command.output()
  t.match(output, /^100 %$/m)
  t.match(output, /^By the lake 300 200$/m)
  t.match(output, /^1 \[\]$/m, 'the view is stored')
  t.match(output, /^10000 so far\n10000 0 0$/m)
  t.match(output, /^\/title .*characters/m)
  const { db } = world.database
  t.equal(await loggedEvents(db, { type: 'dwell' }), 1, 'an event with an id counts once')
  t.equal(await loggedEvents(db, { type: 'impression' }), 10_000)
})
