import { access } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { COLLECTION } from '../../scripts/seed/collection/collection.ts'
import { ADMIN } from '../../scripts/seed/fill.ts'
import { noEmbedded, ownFolder, serversOf } from '../helpers/database/embedded.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'
import { worldAt } from '../helpers/world.ts'

const FIRST = COLLECTION[0]?.title

const startDemo = (t: Test, folder: string) =>
  startScript(t, 'scripts/demo.ts', {
    GLANCE_FOLDER: folder,
    GLANCE_ENGINE: 'documentdb',
    PORT: '0',
    BCRYPT_COST: '10',
    RATE_LIMIT: '0',
  })

/** Waits for the link, and for the first picture. @returns the world behind the link */
async function openDemo(demo: ReturnType<typeof startDemo>) {
  const [, url = ''] = await demo.says(/^Glance is running with demo data: (http:\S+)\/dashboard\/$/m)
  const { asks, signsIn } = worldAt(url)
  const titled = async () => {
    const { body } = await asks('GET', '/v1/images?limit=100')
    return body.items.filter(({ title }: { title: string }) => title === FIRST)
  }
  const [picture] = await until('the first picture is there', async () => {
    const found = await titled()
    return found.length > 0 && found
  })
  return { url, asks, signsIn, titled, picture }
}

t.test(
  'the demo shows pictures, ends with Ctrl+C, and begins anew when it was interrupted',
  {
    skip: noEmbedded,
  },
  async t => {
    const folder = await ownFolder(t)
    const demo = startDemo(t, folder)
    const { url, asks, signsIn, picture } = await openDemo(demo)
    t.equal((await asks('GET', picture.links.file)).status, 200)
    t.match(demo.output(), `E-mail    ${ADMIN.email}\n`)
    t.match(demo.output(), `Password  ${ADMIN.password}\n`)
    const admin = await signsIn(ADMIN)
    t.match((await admin.gets('/v1/users/me')).body, { roles: ['user', 'admin'] })
    t.equal(await demo.kill('SIGINT'), 0)
    await t.rejects(fetch(url), 'the service has ended')
    t.same(await serversOf(folder), [], 'and its database')
    await t.rejects(access(join(folder, 'demo/filled')))

    const again = startDemo(t, folder)
    const { titled } = await openDemo(again)
    t.equal((await titled()).length, 1, 'the pictures of the first start are gone')
    t.equal(await again.kill('SIGINT'), 0)
  },
)
