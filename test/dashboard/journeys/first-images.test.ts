import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { offerSetup } from '../../../src/accounts/setup/offer-setup.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { noBrowser } from '../../helpers/browser.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { silent } from '../../helpers/log.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { testEnvironment } from '../../helpers/world.ts'

const ANN = { email: 'ann@example.com', password: 'a good long one' }

t.test('the first images of a new service', { skip: noBrowser }, async t => {
  const env = await testEnvironment(t, { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' })
  // The database is the one of this site, which is to drop it.
  const { DATABASE: _own, ...rest } = env
  const site = await openSite(t, rest)
  await offerSetup(loadConfig({ ...env, DATABASE: site.database.db.databaseName }), site.database, silent)
  const code = await readFile(join(env.GLANCE_FOLDER ?? '', 'setup-code'), 'utf8')
  const ann = await site.visitor(t)

  await t.test('who opens it is led to the setup, and becomes its admin', async () => {
    await ann.goes('')
    await ann.isIn('Set up Glance')
    await ann.setsUp(code, ANN)
    await ann.opens('Administration')
    await ann.opens('Library')
    await ann.reads('There are no public images yet.')
  })

  await t.test('files that are dropped are uploaded, and stand in the library', async t => {
    await ann.uploads({
      'a.jpeg': await noise(300, 200),
      'b.png': await noise(200, 300, 'png'),
      'c.webp': await noise(200, 200, 'webp'),
    })
    await ann.readsOfUploads('3 of 3 files uploaded')
    await until('the library shows them', async () => (await ann.tiles.count()) === 3)
    await ann.presses('Close the uploads')
    t.equal(await ann.uploadPanel.count(), 0)
  })

  await t.test('what a visitor does with an image moves its numbers', async () => {
    await ann.looksAt('b.png')
    await ann.isIn('b.png')
    await ann.seesPicture('b.png')
    await ann.likes()
    await ann.presses('Like 1')
    await ann.presses('Like 0')
    await ann.comments('By the lake.')
    await ann.seesFigure('Views', '1')
    await ann.seesFigure('Likes given', '2')
  })
})
