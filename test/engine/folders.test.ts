/** The embedded database starts wherever a checkout lies, and its data go where that goes. */
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import { startEngine } from '../../src/engine/engine.ts'
import { noEmbedded, noOtherUser, ownFolder } from '../helpers/database/embedded.ts'
import { startScript } from '../helpers/service.ts'

const skip = noEmbedded || (process.getuid?.() !== 0 && 'needs root: its data may have to lie elsewhere')
const ELSEWHERE = '/var/lib/glance'
const OTHER = 12345

/** A folder as a checkout has it, with what the database keeps in it. */
class Checkout {
  readonly #t: Test
  readonly path: string

  constructor(t: Test, path: string) {
    this.#t = t
    this.path = path
  }

  get place(): string {
    return join(this.path, '.glance/documentdb')
  }

  /** Starts the database, does the work on it and stops it. */
  async starts<Result>(work: (things: ReturnType<typeof thingsOf>) => Promise<Result>): Promise<Result> {
    const { uri, stop } = await this.start()
    const data = await realpath(this.place)
    this.#t.teardown(() => (data.startsWith(ELSEWHERE) ? rm(data, { recursive: true, force: true }) : undefined))
    const client = await MongoClient.connect(uri)
    try {
      return await work(thingsOf(client))
    } finally {
      await client.close()
      await stop()
    }
  }

  start(): Promise<{ uri: string; stop(): Promise<unknown> }> {
    const folder = join(this.path, '.glance')
    return startEngine({ folder, kind: 'documentdb', durable: true, progress: () => undefined })
  }

  adds(_id: string) {
    return this.starts(things => things.insertOne({ _id }))
  }

  async has(): Promise<string[]> {
    return this.starts(async things => (await things.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id))
  }
}

/** The checkout of an ordinary user, in their home. */
class OrdinaryCheckout extends Checkout {
  readonly #t: Test

  constructor(t: Test, path: string) {
    super(t, path)
    this.#t = t
  }

  override async start() {
    const env = { GLANCE_ENGINE: 'documentdb', HOME: dirname(this.path) }
    const engine = startScript(this.#t, 'scripts/engine.ts', env, { cwd: this.path, uid: OTHER, gid: OTHER })
    const [uri] = await engine.says(/mongodb:\/\/\S+glance/)
    return { uri, stop: () => engine.kill('SIGTERM') }
  }
}

function thingsOf(client: MongoClient) {
  return client.db('folders').collection<{ _id: string }>('things')
}

/** A place that nobody but root may enter. */
async function closed(t: Test): Promise<string> {
  return ownFolder(t, 0o700)
}

async function checkoutIn(t: Test, parent: string, name = 'glance'): Promise<Checkout> {
  await mkdir(join(parent, name))
  return new Checkout(t, join(parent, name))
}

t.test('below a folder that others may not enter', { skip }, async t => {
  const checkout = await checkoutIn(t, await closed(t))
  await checkout.adds('a')
  t.same(await checkout.has(), ['a'])
  t.match(await realpath(checkout.place), /^\/var\/lib\/glance\/data-/)
})

t.test('in the folder of an ordinary user, closed to all others', { skip: skip || noOtherUser }, async t => {
  const home = await closed(t)
  await mkdir(join(home, '.cache/glance'), { recursive: true })
  // What root has fetched needs no second time.
  for (const name of await readdir('/var/cache/glance'))
    await symlink(join('/var/cache/glance', name), join(home, '.cache/glance', name))
  await mkdir(join(home, 'glance'))
  for (const path of [home, join(home, 'glance')]) await chown(path, OTHER, OTHER)
  const checkout = new OrdinaryCheckout(t, join(home, 'glance'))
  await checkout.adds('a')
  t.same(await checkout.has(), ['a'])
  t.equal(await realpath(checkout.place), checkout.place)
  t.equal((await stat(checkout.place)).uid, OTHER)
})

t.test('a checkout that is moved takes its data along, in and out of closed folders', { skip }, async t => {
  const open = await ownFolder(t)
  const first = await checkoutIn(t, open)
  await first.adds('in the open')
  const hidden = new Checkout(t, join(await closed(t), 'glance'))
  await rename(first.path, hidden.path)
  t.same(await hidden.has(), ['in the open'])
  await hidden.adds('hidden')
  const moved = new Checkout(t, join(await closed(t), 'moved'))
  await rename(hidden.path, moved.path)
  t.same(await moved.has(), ['hidden', 'in the open'])
  const back = new Checkout(t, join(open, 'back'))
  await rename(moved.path, back.path)
  t.same(await back.has(), ['hidden', 'in the open'])
})

t.test('a checkout that is copied has a copy of the data, also where a link was copied', { skip }, async t => {
  const parent = await closed(t)
  const first = await checkoutIn(t, parent)
  await first.adds('of both')
  const second = new Checkout(t, join(parent, 'second'))
  await cp(first.path, second.path, { recursive: true, verbatimSymlinks: true })
  await second.adds('of the second')
  await first.adds('of the first')
  t.same(await first.has(), ['of both', 'of the first'])
  t.same(await second.has(), ['of both', 'of the second'])
  t.not(await realpath(first.place), await realpath(second.place))

  const third = new Checkout(t, join(parent, 'third'))
  await cp(first.path, third.path, { recursive: true, verbatimSymlinks: true })
  await first.starts(() =>
    t.rejects(third.start(), { message: /^the data of .* must be copied .*: stop the service there first$/ }),
  )
  t.same(await third.has(), ['of both', 'of the first'])
})

t.test('a copy by root of data that others may enter', { skip }, async t => {
  const first = await checkoutIn(t, await ownFolder(t))
  await first.adds('a')
  const copy = new Checkout(t, join(await closed(t), 'copy'))
  await cp(first.path, copy.path, { recursive: true })
  t.same(await copy.has(), ['a'])
  await copy.adds('b')
  t.same(await first.has(), ['a'])
})

t.test(
  'a half-made folder of an older version heals: the link is there, the data belong to nobody',
  { skip },
  async t => {
    const checkout = await checkoutIn(t, await closed(t))
    await mkdir(ELSEWHERE, { recursive: true })
    const data = await mkdtemp(join(ELSEWHERE, 'older-'))
    t.teardown(() => rm(data, { recursive: true, force: true }))
    await chown(data, 65534, 65534)
    await mkdir(join(data, 'cluster.new'), { mode: 0o700 })
    await mkdir(join(checkout.path, '.glance'))
    await symlink(data, checkout.place)
    await checkout.adds('a')
    t.same(await checkout.has(), ['a'])
    t.equal(await realpath(checkout.place), data)
  },
)

t.test('a move that was killed between its steps is finished at the next start', { skip }, async t => {
  const first = await checkoutIn(t, await ownFolder(t))
  await first.adds('a')
  const hidden = new Checkout(t, join(await closed(t), 'glance'))
  await rename(first.path, hidden.path)
  await mkdir(ELSEWHERE, { recursive: true })
  const data = await mkdtemp(join(ELSEWHERE, 'data-'))
  t.teardown(() => rm(data, { recursive: true, force: true }))
  await cp(hidden.place, data, { recursive: true })
  await symlink(data, `${hidden.place}.link`)
  await rename(hidden.place, `${hidden.place}.old`)
  t.same(await hidden.has(), ['a'])
  t.notOk((await readdir(join(hidden.path, '.glance'))).includes('documentdb.old'))
})

t.test('data that are gone are not made anew in silence', { skip }, async t => {
  const checkout = await checkoutIn(t, await closed(t))
  await mkdir(join(checkout.path, '.glance'))
  await symlink('/var/lib/glance/gone', checkout.place)
  await t.rejects(checkout.start(), {
    message: /^the data are missing: .*documentdb links to \/var\/lib\/glance\/gone/,
  })
})

t.test('a folder that root may enter alone is found out by its parents and by itself', { skip }, async t => {
  const checkout = await checkoutIn(t, await ownFolder(t))
  await chmod(checkout.path, 0o700)
  await checkout.adds('a')
  t.match(await realpath(checkout.place), /^\/var\/lib\/glance\//)
  t.equal(await readFile(join(await realpath(checkout.place), 'belongs-to'), 'utf8'), checkout.place)
})
