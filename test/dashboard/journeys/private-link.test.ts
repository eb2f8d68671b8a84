import t from 'tap'
import { noBrowser } from '../../helpers/browser.ts'
import { fieldOf, submits } from '../../helpers/dashboard/form.ts'
import { openSite } from '../../helpers/dashboard/site.ts'
import { noise } from '../../helpers/pictures.ts'

const ANN = { email: 'ann@example.com', password: "ann's own password" }

t.test('a private image, and a link to it', { skip: noBrowser }, async t => {
  const site = await openSite(t)
  await site.signsUp('ann')
  const ann = await site.visitor(t)
  await ann.signsIn(ANN)
  let room = ''
  let link = ''

  await t.test('an image is uploaded as private', async t => {
    await ann.uploads({ 'secret.jpeg': await noise(320, 200) }, 'Private')
    await ann.readsOfUploads('1 of 1 file uploaded')
    await ann.uploadPanel.getByRole('link', { name: 'secret.jpeg' }).click()
    await ann.isIn('secret.jpeg')
    await ann.seesPicture('secret.jpeg')
    room = new URL(ann.page.url()).pathname.replace('/dashboard/', '')
    t.match(room, /^images\//)
  })

  await t.test('a stranger reads that there is no such image', async () => {
    const stranger = await site.visitor(t, { errors: [/status of 404 .*\/v1\/images\//] })
    await stranger.goes(room)
    await stranger.isIn('Not found')
    await stranger.reads('There is no such image, or you may not see it.')
  })

  await t.test('a link shows the picture to a stranger', async t => {
    await ann.presses('Share')
    const share = await ann.dialog('Share')
    await submits(share, 'Make a link')
    link = await fieldOf(share, 'Link to the file').inputValue()
    // Chromium's own page of a picture has styles, which the policy of files forbids.
    const stranger = await site.visitor(t, { errors: [/^Applying inline style/] })
    const answer = await stranger.page.goto(link)
    t.equal(answer?.status(), 200)
    t.match(answer?.headers()['content-type'], /^image\//)
  })

  await t.test('making the image private anew ends the link', async t => {
    await submits(await ann.dialog('Share'), 'End all links')
    await ann.reads('All links to this image have ended.')
    const stranger = await site.visitor(t, { errors: [/status of 404 /] })
    t.equal((await stranger.page.goto(link))?.status(), 404)
  })
})
