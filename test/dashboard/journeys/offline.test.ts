import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'

const ANN = { email: 'ann@example.com', password: "ann's own password" }

t.test('uploads wait for the connection, and go on without duplicates', { skip: noBrowser }, async t => {
  const site = await openSite(t)
  const person = await site.signsUp('ann')
  const ann = await site.visitor(t)
  await ann.signsIn(ANN)
  const context = ann.page.context()
  // The connection is lost when the first file is being sent; the rest is answered by the service.
  let isLost = false
  await ann.page.route('**/v1/images', async route => {
    if (isLost) return route.continue()
    isLost = true
    await context.setOffline(true)
    await route.abort('internetdisconnected')
  })
  const names = ['a.jpeg', 'b.jpeg', 'c.jpeg', 'd.jpeg', 'e.jpeg']
  const files = await Promise.all(names.map(async name => [name, await noise(300, 200)] as const))
  await ann.uploads(Object.fromEntries(files))
  await ann.reads('No connection. Uploads go on when it is back.')
  await until('files wait', async () => (await ann.uploadPanel.getByText(/^Waiting/).count()) > 0)
  await context.setOffline(false)
  await ann.readsOfUploads('5 of 5 files uploaded')
  await until('the library shows them', async () => (await ann.tiles.count()) === names.length)
  const { body } = await person.gets('/v1/images')
  t.same(body.items.map(({ fileName }: { fileName: string }) => fileName).sort(), names)
})
