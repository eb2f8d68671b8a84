/** Checks that the embedded database starts in every folder of a checkout, and that its data follow a checkout that is moved. */
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

const skip = noEmbedded || (process.getuid?.() !== 0 && 'needs root, to store data outside the checkout')
const EXTERNAL_DATA_ROOT = '/var/lib/glance'
/** An account id that owns nothing on the machine. */
const OTHER_UID = 12345

/** A checkout with the data folder of its embedded database. */
class Checkout {
  readonly #t: Test
  readonly path: string

  constructor(t: Test, path: string) {
    this.#t = t
    this.path = path
  }

  /** The data folder, or the link to it. */
  get dataPath(): string {
    return join(this.path, '.glance/documentdb')
  }

  /** Starts the database, runs the work on its collection and stops it. */
  async whileStarted<Result>(work: (things: ReturnType<typeof thingsOf>) => Promise<Result>): Promise<Result> {
    const { uri, stop } = await this.start()
    const data = await realpath(this.dataPath)
    this.#t.teardown(() =>
      data.startsWith(EXTERNAL_DATA_ROOT) ? rm(data, { recursive: true, force: true }) : undefined,
    )
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

  /** Starts the database and inserts a document. */
  add(_id: string) {
    return this.whileStarted(things => things.insertOne({ _id }))
  }

  /** Starts the database and returns the ids of all documents. */
  async ids(): Promise<string[]> {
    return this.whileStarted(async things => (await things.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id))
  }
}

/** The checkout of a user who is not root, in their home folder. */
class OrdinaryCheckout extends Checkout {
  readonly #t: Test

  constructor(t: Test, path: string) {
    super(t, path)
    this.#t = t
  }

  override async start() {
    const env = { GLANCE_ENGINE: 'documentdb', HOME: dirname(this.path) }
    const engine = startScript(this.#t, 'scripts/engine.ts', env, { cwd: this.path, uid: OTHER_UID, gid: OTHER_UID })
    const [uri] = await engine.says(/mongodb:\/\/\S+glance/)
    return { uri, stop: () => engine.kill('SIGTERM') }
  }
}

function thingsOf(client: MongoClient) {
  return client.db('folders').collection<{ _id: string }>('things')
}

/** Creates a folder that only root can enter. */
async function closedFolder(t: Test): Promise<string> {
  return ownFolder(t, 0o700)
}

async function checkoutIn(t: Test, parent: string, name = 'glance'): Promise<Checkout> {
  await mkdir(join(parent, name))
  return new Checkout(t, join(parent, name))
}

t.test('below a folder that only root can enter, the data are stored outside the checkout', { skip }, async t => {
  const checkout = await checkoutIn(t, await closedFolder(t))
  await checkout.add('a')
  t.same(await checkout.ids(), ['a'])
  t.match(await realpath(checkout.dataPath), /^\/var\/lib\/glance\/data-/)
})

t.test(
  'in a closed home folder of an ordinary user, the data are stored in the checkout',
  { skip: skip || noOtherUser },
  async t => {
    const home = await closedFolder(t)
    await mkdir(join(home, '.cache/glance'), { recursive: true })
    // Reuse the packages that root has downloaded.
    for (const name of await readdir('/var/cache/glance'))
      await symlink(join('/var/cache/glance', name), join(home, '.cache/glance', name))
    await mkdir(join(home, 'glance'))
    for (const path of [home, join(home, 'glance')]) await chown(path, OTHER_UID, OTHER_UID)
    const checkout = new OrdinaryCheckout(t, join(home, 'glance'))
    await checkout.add('a')
    t.same(await checkout.ids(), ['a'])
    t.equal(await realpath(checkout.dataPath), checkout.dataPath)
    t.equal((await stat(checkout.dataPath)).uid, OTHER_UID)
  },
)

t.test('a checkout that is moved into and out of closed folders keeps its data', { skip }, async t => {
  const open = await ownFolder(t)
  const first = await checkoutIn(t, open)
  await first.add('in the open')
  const hidden = new Checkout(t, join(await closedFolder(t), 'glance'))
  await rename(first.path, hidden.path)
  t.same(await hidden.ids(), ['in the open'])
  await hidden.add('hidden')
  const moved = new Checkout(t, join(await closedFolder(t), 'moved'))
  await rename(hidden.path, moved.path)
  t.same(await moved.ids(), ['hidden', 'in the open'])
  const back = new Checkout(t, join(open, 'back'))
  await rename(moved.path, back.path)
  t.same(await back.ids(), ['hidden', 'in the open'])
})

t.test('a copy of a checkout gets a copy of the data, even if only a link to them was copied', { skip }, async t => {
  const parent = await closedFolder(t)
  const first = await checkoutIn(t, parent)
  await first.add('of both')
  const second = new Checkout(t, join(parent, 'second'))
  await cp(first.path, second.path, { recursive: true, verbatimSymlinks: true })
  await second.add('of the second')
  await first.add('of the first')
  t.same(await first.ids(), ['of both', 'of the first'])
  t.same(await second.ids(), ['of both', 'of the second'])
  t.not(await realpath(first.dataPath), await realpath(second.dataPath))

  const third = new Checkout(t, join(parent, 'third'))
  await cp(first.path, third.path, { recursive: true, verbatimSymlinks: true })
  await first.whileStarted(() =>
    t.rejects(third.start(), { message: /^the data of .* must be copied .*: stop the service there first$/ }),
  )
  t.same(await third.ids(), ['of both', 'of the first'])
})

t.test('a copy that root makes of data in an open folder starts, and the original is unchanged', { skip }, async t => {
  const first = await checkoutIn(t, await ownFolder(t))
  await first.add('a')
  const copy = new Checkout(t, join(await closedFolder(t), 'copy'))
  await cp(first.path, copy.path, { recursive: true })
  t.same(await copy.ids(), ['a'])
  await copy.add('b')
  t.same(await first.ids(), ['a'])
})

t.test(
  'an unfinished data folder of an older version is repaired: the link exists, the data belong to the account nobody',
  { skip },
  async t => {
    const checkout = await checkoutIn(t, await closedFolder(t))
    await mkdir(EXTERNAL_DATA_ROOT, { recursive: true })
    const data = await mkdtemp(join(EXTERNAL_DATA_ROOT, 'older-'))
    t.teardown(() => rm(data, { recursive: true, force: true }))
    await chown(data, 65534, 65534)
    await mkdir(join(data, 'cluster.new'), { mode: 0o700 })
    await mkdir(join(checkout.path, '.glance'))
    await symlink(data, checkout.dataPath)
    await checkout.add('a')
    t.same(await checkout.ids(), ['a'])
    t.equal(await realpath(checkout.dataPath), data)
  },
)

t.test(
  'a replacement of the data folder that was killed between its steps is completed at the next start',
  { skip },
  async t => {
    const first = await checkoutIn(t, await ownFolder(t))
    await first.add('a')
    const hidden = new Checkout(t, join(await closedFolder(t), 'glance'))
    await rename(first.path, hidden.path)
    await mkdir(EXTERNAL_DATA_ROOT, { recursive: true })
    const data = await mkdtemp(join(EXTERNAL_DATA_ROOT, 'data-'))
    t.teardown(() => rm(data, { recursive: true, force: true }))
    await cp(hidden.dataPath, data, { recursive: true })
    await symlink(data, `${hidden.dataPath}.link`)
    await rename(hidden.dataPath, `${hidden.dataPath}.old`)
    t.same(await hidden.ids(), ['a'])
    t.notOk((await readdir(join(hidden.path, '.glance'))).includes('documentdb.old'))
  },
)

t.test('missing data are reported, not replaced by an empty database', { skip }, async t => {
  const checkout = await checkoutIn(t, await closedFolder(t))
  await mkdir(join(checkout.path, '.glance'))
  await symlink('/var/lib/glance/gone', checkout.dataPath)
  await t.rejects(checkout.start(), {
    message: /^the data are missing: .*documentdb links to \/var\/lib\/glance\/gone/,
  })
})

t.test(
  'a checkout that only root can enter is detected by its own mode, not only by that of its parents',
  { skip },
  async t => {
    const checkout = await checkoutIn(t, await ownFolder(t))
    await chmod(checkout.path, 0o700)
    await checkout.add('a')
    t.match(await realpath(checkout.dataPath), /^\/var\/lib\/glance\//)
    t.equal(await readFile(join(await realpath(checkout.dataPath), 'belongs-to'), 'utf8'), checkout.dataPath)
  },
)
