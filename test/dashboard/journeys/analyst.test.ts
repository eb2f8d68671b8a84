import { text } from 'node:stream/consumers'
import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { noise } from '../../helpers/pictures.ts'
import { untilTotal } from '../../helpers/stats.ts'
import { until } from '../../helpers/until.ts'
import { ADMIN } from '../../helpers/world.ts'

const DAY = 86_400_000
const QUESTION = 'Which images rank highest by a metric?'

t.test('the week of an analyst', { skip: noBrowser }, async t => {
  const site = await openSite(t)
  const root = await site.root()
  const [lake, hill] = await Promise.all(
    ['Lake', 'Hill'].map(async title => (await root.uploads(await noise(90, 60), { title })).body.id as string),
  )
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString()
  const times = (count: number, event: object) => Array.from({ length: count }, () => event)
  await root.reports([
    ...times(3, { imageId: lake, type: 'view', at: daysAgo(3) }),
    ...times(2, { imageId: lake, type: 'click', at: daysAgo(3) }),
    ...times(5, { imageId: hill, type: 'view', at: daysAgo(5) }),
  ])
  await untilTotal(root, lake ?? '', 'click', 2)
  await untilTotal(root, hill ?? '', 'view', 5)
  const ann = await site.visitor(t)
  await ann.signsIn(ADMIN)
  const titles = () => ann.page.getByRole('region', { name: 'Result' }).getByRole('row').allInnerTexts()
  const order = async () => (await titles()).flatMap(row => /Lake|Hill/.exec(row) ?? [])
  const isOrder = (...expected: string[]) =>
    until(`the order ${expected}`, async () => `${await order()}` === `${expected}`)

  await t.test('the overview is that of the chosen range, and ranks the images', async t => {
    await ann.opens('Overview')
    await ann.chooses('7 d')
    await ann.seesFigure('Views', '8')
    const top = ann.page.getByRole('list', { name: 'Top images' }).getByRole('listitem')
    await until('the images are ranked', async () => /Hill/.test((await top.allInnerTexts())[0] ?? ''))
    await ann.chooses('24 h')
    await ann.seesFigure('Views', '0')
    await ann.page.reload()
    await ann.seesFigure('Views', '0')
    t.equal(await ann.page.getByRole('radio', { name: '24 h' }).isChecked(), true, 'the address has the range')
  })

  await t.test('a report is asked for by its form, and its table sorts', async () => {
    await ann.opens('Reports')
    await ann.follows(new RegExp(`^${QUESTION.replace('?', '\\?')}`))
    await ann.isIn(QUESTION)
    await isOrder('Hill', 'Lake')
    await ann.page.getByLabel('Metric', { exact: true }).selectOption('click')
    await ann.presses('Run')
    await isOrder('Lake')
    await ann.page.goBack()
    await isOrder('Hill', 'Lake')
    const views = ann.page.getByRole('columnheader', { name: 'Views', exact: true })
    const sorts = () => views.getByRole('button').click()
    await sorts()
    await isOrder('Hill', 'Lake')
    await sorts()
    await isOrder('Lake', 'Hill')
  })

  await t.test('its CSV is that of the API, and its address shows the same to others', async t => {
    await ann.goes('reports/top-images?metric=click&since=30d')
    await isOrder('Lake')
    t.equal(await ann.page.getByLabel('Metric', { exact: true }).inputValue(), 'click')
    const [download] = await Promise.all([ann.page.waitForEvent('download'), ann.presses('CSV')])
    t.equal(download.suggestedFilename(), 'top-images.csv')
    const zone = await ann.page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone)
    const { bytes } = await root.gets(`/v1/reports/top-images?tz=${zone}&metric=click&since=30d&format=csv`)
    t.equal(await text(await download.createReadStream()), bytes.toString())
    t.match(bytes.toString(), /Lake/)
  })
})
