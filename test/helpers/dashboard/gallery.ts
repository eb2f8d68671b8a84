import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { uuidv7 } from 'uuidv7'
import { randomFrom } from '../../../scripts/lib/random.ts'
import { between, choose } from '../../../scripts/seed/choose.ts'
import { COLLECTION } from '../../../scripts/seed/collection/collection.ts'
import { NAMES } from '../../../scripts/seed/people/names.ts'
import { COUNTRIES, personOf } from '../../../scripts/seed/people/person.ts'
import { lch, mix } from '../../../scripts/seed/pictures/colour.ts'
import { paintSmooth } from '../../../scripts/seed/pictures/paint.ts'
import type { Picture } from '../../../scripts/seed/pictures/picture.ts'
import { makeKey } from '../../../scripts/seed/send/client.ts'
import { readExhibits } from '../../../scripts/seed/send/exhibits.ts'
import { postEvents } from '../../../scripts/seed/send/post-events.ts'
import { visitOf } from '../../../scripts/seed/visits/visit.ts'
import { type User, users } from '../../../src/accounts/users/user.ts'
import { aLog, DAY, SECRET } from '../log.ts'
import { anImpatientWorker } from '../roll-ups.ts'
import { until } from '../until.ts'
import { ADMIN, openWorld, type Person, type World } from '../world.ts'

const PICTURES = 16
/** Wider than a phone. */
const LONG_WORD = 'Vierwaldstätterseedampfschifffahrtsgesellschaftskapitänsmützenabzeichen'
const PEOPLE = 20
const VISITS = 24
/** The service accepts no older events. */
const HISTORY = 6 * DAY

/** A service that is in use: pictures, people who have looked at them, and numbers that are complete. */
export interface Gallery extends World {
  /** Pictures of the admin, oldest first, each with its id. */
  pictures: { id: string; title: string }[]
}

/** Opens a service with a small library, whose numbers are those of the last six days. */
export async function openGallery(t: Test): Promise<Gallery> {
  const world = await openWorld(t, { DATA_SECRET: SECRET })
  const { database, url } = world
  const random = randomFrom(7)
  const root = await world.root()
  const pictures = await hang(root)
  const people = await invite(world, random)
  const exhibits = (await readExhibits(url)).map(exhibit => ({ ...exhibit, since: 0 }))
  const visits = Array.from({ length: VISITS }, () =>
    visitOf(choose(people, random), exhibits, Date.now() - between(DAY / 24, HISTORY, random), random),
  )
  const receiver = { url, database, key: await makeKey(url, ADMIN) }
  await postEvents(visits.flat(), receiver)
  await formOpinions(root, pictures)
  await count(world)
  return { ...world, pictures }
}

/** Signs in as the admin by the form of the page. */
export async function signInOn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/dashboard/sign-in`)
  await page.getByLabel('E-mail').fill(ADMIN.email)
  await page.getByLabel('Password').fill(ADMIN.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Sign out', includeHidden: true }).first().waitFor({ state: 'attached' })
}

/** Uploads pictures; the last one is private. */
async function hang(owner: Person) {
  const pictures = COLLECTION.slice(0, PICTURES)
  const ids: string[] = []
  for (const [i, picture] of pictures.entries()) {
    const { altText, description = '', tags } = picture
    const title = i === 0 ? `${picture.title} ${LONG_WORD}` : picture.title
    const visibility = i === PICTURES - 1 ? 'private' : 'public'
    const { body } = await owner.uploads(await draft(picture), { title, altText, description, tags, visibility })
    ids.push(body.id)
  }
  return pictures.map(({ title }, i) => ({ title, id: ids[i] ?? '' }))
}

/** Paints a picture in its ratio, in two colours: a service allows sharp no SVG, which the real ones are painted from. */
function draft({ title, ratio }: Picture): Promise<Buffer> {
  const [across = 1, down = 1] = ratio.split(':').map(Number)
  const hue = (title.length * 47) % 360
  const size = { width: 640, height: Math.round((640 * down) / across) }
  const colourAt = (x: number, y: number) => mix(lch(0.45, 0.12, hue), lch(0.9, 0.08, hue + 60), (x + y) / 2)
  return paintSmooth(size, 8, colourAt).jpeg().toBuffer()
}

/** Creates accounts of people who nobody signs in as. */
async function invite({ database }: World, random: () => number) {
  const people = NAMES.slice(0, PEOPLE).map((displayName): User => {
    const email = `${displayName.toLowerCase()}@example.com`
    return {
      _id: uuidv7(),
      email,
      emailKey: email,
      passwordHash: '-',
      roles: ['user'],
      displayName,
      geography: { country: choose(Object.keys(COUNTRIES), random) },
      createdAt: new Date(Date.now() - 2 * HISTORY),
    }
  })
  await users(database.connection).insertMany(people)
  return people.map(personOf)
}

async function formOpinions(person: Person, pictures: Gallery['pictures']): Promise<void> {
  for (const { id } of pictures.slice(0, 6))
    await person.thinks(id, { reaction: 'like', rating: 4, saved: true, tags: ['calm'] })
  await person.comments(pictures[0]?.id ?? '', `The haze between the ridges is lovely. ${LONG_WORD}`)
}

async function count({ database }: World): Promise<void> {
  const worker = anImpatientWorker(database, await aLog(database))
  await until('everything is counted', async () => {
    await worker.turn()
    return (await database.db.collection('marks').countDocuments()) === 0
  })
}
