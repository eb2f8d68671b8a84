import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { fieldOf, notesOf } from '../../helpers/dashboard/form.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { until } from '../../helpers/until.ts'

const ANN = { email: 'ann@example.com', password: 'a good long one' }

t.test('wrong input', { skip: noBrowser }, async t => {
  const site = await openSite(t, {}, { signInPause: 0 })

  await t.test('a password that is too short is shown at its field, which gets the focus', async t => {
    const ann = await site.visitor(t, { errors: [/status of 400 .*\/v1\/users\)/] })
    await ann.goes('sign-up')
    await ann.submits('Sign up', { Name: 'Ann', 'E-mail': ANN.email, Password: 'short' })
    const password = fieldOf(ann.page, 'Password')
    await until('the fault is shown', async () => (await password.getAttribute('aria-invalid')) === 'true')
    t.match(await notesOf(password), /must have 10 to 72 bytes/)
    t.equal(await ann.page.getByRole('alert').count(), 0, 'it is said once')
    await until('the field has the focus', () =>
      password.evaluate(field => field === field.ownerDocument.activeElement),
    )
    t.equal(await fieldOf(ann.page, 'E-mail').inputValue(), ANN.email, 'what was typed stays')

    await ann.submits('Sign up', { Password: ANN.password })
    await ann.isIn('Library')
    await ann.reads('Ann')
  })

  await t.test('who guessed passwords too often reads when to try again', async t => {
    const { email } = ANN
    const guess = (password: string) => site.asks('POST', '/v1/sessions', { json: { email, password } })
    await until('guesses are refused', async () => (await guess('a guess')).status === 429)
    const attempts = site.database.db.collection<{ until: Date }>('attempts')
    await attempts.updateMany({ until: { $gt: new Date() } }, { $set: { until: new Date(Date.now() + 300_000) } })

    const ann = await site.visitor(t, { errors: [/status of 429 .*\/v1\/sessions\)/] })
    await ann.goes('sign-in')
    await ann.submits('Sign in', { 'E-mail': email, Password: ANN.password })
    await ann.reads('Too many failed sign-ins. Try again in 5 minutes.')

    await attempts.deleteMany({})
    await ann.submits('Sign in')
    await ann.isIn('Library')
  })
})
