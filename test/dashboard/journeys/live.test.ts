import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { noise } from '../../helpers/pictures.ts'
import { ADMIN } from '../../helpers/world.ts'

t.test('numbers that are looked at', { skip: noBrowser }, async t => {
  const site = await openSite(t)
  const root = await site.root()
  const { id } = (await root.uploads(await noise(90, 60), { title: 'Lake' })).body
  const click = { imageId: id, type: 'download' }

  await t.test('move when an event comes, without a reload', async t => {
    const ann = await site.visitor(t)
    // Nothing is read from time to time.
    await ann.page.addInitScript('window.setInterval = () => 0')
    await ann.signsIn(ADMIN)
    await ann.goes(`images/${id}`)
    await ann.seesFigure('Downloads', '0')
    await root.reports(click)
    await ann.seesFigure('Downloads', '1')
    await ann.opens('Overview')
    await ann.reads(/Downloads 1/)
    await root.reports(click)
    await ann.reads(/Downloads 2/)
  })

  await t.test('are read from time to time where changes can not be told', async t => {
    const ann = await site.visitor(t, { errors: [/ERR_FAILED .*\/v1\/live/] })
    await ann.page.route('**/v1/live*', route => route.abort())
    await ann.signsIn(ADMIN)
    await ann.goes(`images/${id}`)
    await ann.seesFigure('Downloads', '2')
    await root.reports(click)
    await ann.seesFigure('Downloads', '3')
  })
})
