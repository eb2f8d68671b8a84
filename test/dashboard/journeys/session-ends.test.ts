import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { fieldOf, submits } from '../../helpers/dashboard/form.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'

const credentialsOf = (name: string) => ({ email: `${name}@example.com`, password: `${name}'s own password` })

t.test('the end of a session', { skip: noBrowser }, async t => {
  const site = await openSite(t)

  await t.test('a sign-out in another tab signs out here, and nothing private stays', async t => {
    const person = await site.signsUp('ann')
    await person.uploads(await noise(90, 60), { title: 'Secret', visibility: 'private' })
    const ann = await site.visitor(t)
    await ann.signsIn(credentialsOf('ann'))
    await ann.chooses('Mine')
    await until('the image is listed', async () => (await ann.tiles.count()) === 1)
    const other = await ann.opensTab()
    await other.goes('me')
    await other.isIn('Account')
    await other.presses('Sign out')
    await ann.returns()
    await ann.reads('There are no public images yet.')
    t.equal(await ann.tiles.count(), 0)
    t.equal(await ann.page.getByRole('button', { name: 'Sign out' }).count(), 0)

    await other.signsIn(credentialsOf('ann'))
    await ann.returns()
    await until('the image is listed again', async () => (await ann.tiles.count()) === 1)
  })

  await t.test('a sign-out that does not reach the service says so, and the session goes on', async t => {
    await site.signsUp('cy')
    const cy = await site.visitor(t)
    await cy.signsIn(credentialsOf('cy'))
    await cy.page.context().setOffline(true)
    await cy.presses('Sign out')
    await cy.reads('The service does not answer. Check the connection, then try again.')
    await cy.page.context().setOffline(false)
    await cy.presses('Sign out')
    await cy.reads('You are signed out.')
  })

  await t.test('when it was ended elsewhere the password is asked for, and what was typed stays', async t => {
    const person = await site.signsUp('bob')
    const { body } = await person.uploads(await noise(90, 60), { title: 'Lake' })
    const bob = await site.visitor(t, { errors: [/status of 401 .*\/comments\)/, /status of 401 .*\/v1\//] })
    await bob.signsIn(credentialsOf('bob'))
    await bob.goes(`images/${body.id}`)
    await bob.isIn('Lake')
    await fieldOf(bob.page, 'Your comment').fill('Half a thought')
    await person.deletes('/v1/sessions')
    await bob.submits('Post')
    const dialog = await bob.dialog('Your session has ended')
    await submits(dialog, 'Sign in', { Password: credentialsOf('bob').password })
    await dialog.waitFor({ state: 'hidden' })
    t.equal(await fieldOf(bob.page, 'Your comment').inputValue(), 'Half a thought')
    await bob.comments('Half a thought, and the rest')
  })
})
