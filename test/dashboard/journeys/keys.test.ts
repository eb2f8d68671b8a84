import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { submits } from '../../helpers/dashboard/form.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { until } from '../../helpers/until.ts'
import { ADMIN } from '../../helpers/world.ts'

const AN_HOUR_AGO = new Date(Date.now() - 3_600_000)

t.test('the key of an app', { skip: noBrowser }, async t => {
  const site = await openSite(t)
  const ann = await site.visitor(t, { errors: [/status of 403 .*\/v1\/keys\)/] })
  await ann.signsIn(ADMIN)
  const row = ann.page.getByRole('row', { name: /Shop reports/ })
  let key = ''
  const status = async () => (await site.asks('GET', '/v1/reports', { key })).status

  await t.test('the password is asked for when it was entered long ago; then the key is shown once', async t => {
    await ann.opens('Administration')
    await ann.follows('API keys')
    await ann.reads('No keys yet.')
    await site.database.db.collection('sessions').updateMany({}, { $set: { createdAt: AN_HOUR_AGO } })
    await ann.presses('New key')
    const form = await ann.dialog('New API key')
    await form.getByLabel('exports:read').check()
    await submits(form, 'Create key', { Name: 'Shop reports', App: 'shop' })
    await submits(await ann.dialog('Enter your password'), 'Go on', { Password: ADMIN.password })
    const issued = await ann.dialog('Copy the key now')
    key = (await issued.getByRole('region', { name: 'The key', exact: true }).innerText()).trim()
    t.equal(await status(), 200, 'it works')
    await issued.getByRole('button', { name: 'Done' }).click()
    await issued.waitFor({ state: 'hidden' })
    t.notMatch(await ann.page.content(), key, 'the page forgets it')
  })

  await t.test('the page says when it was used last', async () => {
    await ann.page.reload()
    await row
      .filter({ hasText: /ago|this/ })
      .filter({ hasNotText: 'never' })
      .waitFor()
  })

  await t.test('a key that is revoked is refused', async () => {
    await row.getByRole('button', { name: 'Revoke' }).click()
    await submits(await ann.dialog('Revoke Shop reports?'), 'Revoke key')
    await row.filter({ hasText: 'revoked' }).waitFor()
    await until('the key is refused', async () => (await status()) === 401)
  })
})
