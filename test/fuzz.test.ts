import { Agent, request } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import fc from 'fast-check'
import t from 'tap'
import { PUBLIC_SCOPES, SCOPES } from '../src/http/plugins/identity.ts'
import { isDocumented, type Operation, operationsOf } from './helpers/fuzz/openapi.ts'
import { type Case, caseOf, requestOf, resourceOf, type WireRequest } from './helpers/fuzz/requests.ts'
import { noise } from './helpers/pictures.ts'
import { until } from './helpers/until.ts'
import { ADMIN, openWorld } from './helpers/world.ts'

/** `FUZZ_CASES=10000 npm test -- test/fuzz.test.ts` prints what came of them. */
const CASES = Number(process.env.FUZZ_CASES ?? 1_000)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const BY_HAND = process.env.FUZZ_CASES !== undefined
/** By hand one after the other, so that a stall has a name. */
const LANES = BY_HAND ? 1 : 4
const MOST_KEPT = 40

const world = await openWorld(t)
const agent = new Agent({ keepAlive: true, maxSockets: LANES })
t.teardown(() => agent.destroy())
const pictures = await Promise.all(Array.from({ length: 30 }, (_, i) => noise(16 + i, 16, 'png')))
const callers = await everybody()
/** What exists, by its kind, the newest last. */
const pool = new Map<string, string[]>()
await world.signsUp('dora')
keep('emails', 'dora@example.com')
keep('passwords', "dora's own password")
keep('reports', 'top-images')
keep('reports', 'funnel')

/** Somebody who calls: by which headers, and how to get new ones where a case has ended a session or revoked a key. */
interface Caller {
  headers: Record<string, string>
  renew?: () => Promise<Record<string, string>>
}

/** Those who call, some more often than others; the last are nobody. */
async function everybody(): Promise<Caller[]> {
  const scopes = SCOPES.filter(scope => !PUBLIC_SCOPES.includes(scope))
  for (const name of ['ann', 'bob']) await world.signsUp(name)
  const bearer = async (credentials: { email: string; password: string }) => {
    // Other cases' guesses lock nobody out here, and what they took from the admin is given back.
    const { db } = world.database
    await db.collection('attempts').deleteMany({})
    await db.collection('users').updateOne({ emailKey: ADMIN.email }, { $set: { roles: ['user', 'admin'] } })
    return { authorization: `Bearer ${(await world.signsIn(credentials)).token}` }
  }
  const own = (name: string) => async () => {
    // A case may have erased them.
    await world.signsUp(name)
    return bearer({ email: `${name}@example.com`, password: `${name}'s own password` })
  }
  const key = () =>
    // Another case may take the admin's role or session before the key is made.
    until('a key', async () => {
      const json = { name: 'a key', app: 'fuzz', scopes }
      const { status, body } = await world.asks('POST', '/v1/keys', { headers: await bearer(ADMIN), json })
      return status === 201 && { 'x-api-key': body.key as string }
    })
  const somebody = async (renew: () => Promise<Record<string, string>>) => ({ headers: await renew(), renew })
  const [ann, bob] = [await somebody(own('ann')), await somebody(own('bob'))]
  const [root, server] = [await somebody(() => bearer(ADMIN)), await somebody(key)]
  const nobody = [{ headers: {} }, { headers: { authorization: 'Bearer x.y.z' } }]
  return [ann, ann, ann, ann, bob, bob, root, root, root, server, server, ...nobody]
}

/** What exists of a kind; an id else of any. */
function pick(kind: string, n: number): string | undefined {
  const some = pool.get(kind) ?? (kind.startsWith('cursor') ? [] : (pool.get('images') ?? []))
  return some[n % some.length]
}

/** Remembers the ids and cursors of an answer, so that later requests meet what exists. */
function harvest({ path }: Operation, body: unknown): void {
  const { id, items, nextCursor } = (body ?? {}) as { id?: unknown; items?: { id?: unknown }[]; nextCursor?: unknown }
  const resource = resourceOf(path)
  const ids = [id, ...(Array.isArray(items) ? items.map(item => item?.id) : [])]
  for (const one of ids) if (typeof one === 'string') keep(resource, one)
  if (typeof nextCursor === 'string') keep(`cursor ${resource}`, nextCursor)
}

function keep(kind: string, value: string): void {
  const some = pool.get(kind) ?? []
  pool.set(kind, [...some.filter(one => one !== value), value].slice(-MOST_KEPT))
}

interface Answer {
  status: number
  type: string
  text: string
}

function send({ method, path, headers, body }: WireRequest): Promise<Answer> {
  const length = body ? { 'content-length': String(body.length) } : {}
  return new Promise((resolve, reject) => {
    const asked = request(world.url + path, { method, headers: { ...headers, ...length }, agent, timeout: 60_000 })
    asked.on('response', async response => {
      const type = response.headers['content-type'] ?? ''
      let text = ''
      // A stream of events has no end.
      if (type === 'text/event-stream') response.destroy()
      else for await (const chunk of response.setEncoding('utf8')) text += chunk
      resolve({ status: response.statusCode ?? 0, type, text })
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in a minute'))).on('error', reject)
    asked.end(body)
  })
}

/** What is wrong with an answer, if anything is. */
function faultOf(operation: Operation, { status, type, text }: Answer): string | undefined {
  if (status >= 500) return `status ${status}`
  if (!isDocumented(operation, status)) return `status ${status} is not documented`
  if (status < 400 || operation.method === 'HEAD') return undefined
  if (!type.startsWith('application/problem+json')) return `a problem as ${type}`
  return typeof JSON.parse(text).code === 'string' ? undefined : 'a problem without a code'
}

/** What came of all cases. */
class Outcome {
  readonly faults: string[] = []
  readonly #delay = monitorEventLoopDelay({ resolution: 2 })
  readonly #statuses = new Map<string, Map<number, number>>()
  #stalls: { ms: number; during: string }[] = []

  start(): void {
    this.#delay.enable()
  }

  note(operation: Operation, status: number, during: string): void {
    const route = `${operation.method} ${operation.path}`
    const counts = this.#statuses.get(route) ?? new Map<number, number>()
    this.#statuses.set(route, counts.set(status, (counts.get(status) ?? 0) + 1))
    this.#stalls = [...this.#stalls, { ms: this.#delay.max / 1e6, during }].sort((a, b) => b.ms - a.ms).slice(0, 8)
    this.#delay.reset()
  }

  /** The share of the routes that let somebody in. */
  get entered(): number {
    const all = [...this.#statuses.values()]
    return all.filter(counts => [...counts.keys()].some(status => status < 400)).length / all.length
  }

  print(): void {
    const shared = (counts: Map<number, number>) =>
      [...counts].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`)
    for (const [route, counts] of [...this.#statuses].sort()) {
      t.comment(`${route.padEnd(40)} ${shared(counts).join('  ')}`)
    }
    for (const { ms, during } of this.#stalls) t.comment(`the event loop stood for ${ms.toFixed(1)} ms: ${during}`)
  }
}

async function run(one: Case, outcome: Outcome): Promise<void> {
  const sent = requestOf(one, pick, pictures)
  const shown = { ...sent.headers }
  const caller = callers[one.caller % callers.length]
  Object.assign(sent.headers, caller?.headers)
  const text = sent.body?.toString('latin1', 0, 300) ?? ''
  const told = `${sent.method} ${sent.path.slice(0, 200)} ${JSON.stringify(shown).slice(0, 200)} ${text}`.replace(
    /[^\x20-\x7e]/g,
    '.',
  )
  try {
    const answer = await send(sent)
    outcome.note(one.operation, answer.status, told)
    const isOver = answer.status === 401 && answer.text.includes('"unauthenticated"')
    if (isOver && caller?.renew) caller.headers = await caller.renew()
    const fault = faultOf(one.operation, answer)
    if (fault) outcome.faults.push(`${fault}: ${told} -> ${answer.text.slice(0, 300)}`)
    else if (answer.status < 300 && answer.type.startsWith('application/json'))
      harvest(one.operation, JSON.parse(answer.text))
  } catch (error) {
    outcome.faults.push(`${(error as Error).message}: ${told}`)
  }
}

t.test(`random requests get documented answers and no 5xx (seed ${SEED})`, async t => {
  const { body } = await world.asks('GET', '/openapi.json')
  const operations = operationsOf(body)
  const cases = fc.sample(fc.oneof(...operations.map(caseOf)), { numRuns: CASES, seed: SEED })
  const outcome = new Outcome()
  outcome.start()
  const lanes = Array.from({ length: LANES }, async () => {
    for (let one = cases.pop(); one; one = cases.pop()) await run(one, outcome)
  })
  await Promise.all(lanes)
  if (BY_HAND) outcome.print()
  t.same(outcome.faults, [])
  t.ok(outcome.entered > 0.5, 'most routes let somebody in')
  t.same(({} as { admin?: unknown }).admin, undefined, 'nobody reached the prototype of all objects')
  t.equal((await world.asks('GET', '/readyz')).status, 200)
})
