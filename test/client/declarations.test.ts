import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The program of an app, in which each line below a comment with @ts-expect-error has a fault. */
const PROGRAM = `
import { createClient, type Event, type Image, Problem } from 'glance/client'

const client = createClient({ url: 'http://127.0.0.1:3000', key: 'a key' })
const params = { path: { id: 'an image' } }
export const image: Image = await client.get('/v1/images/{id}', { params })
export const title: string = (await client.patch('/v1/images/{id}', { params, body: { title: 'new' } })).title
export const email: string = (await client.get('/v1/users/me')).email
export const stream: ReadableStream | null = await client.get('/metrics', { parseAs: 'stream' })
for await (const image of client.list('/v1/images', { params: { query: { tag: 'lake' } } })) image.title satisfies string
for await (const session of client.list('/v1/sessions')) session.current satisfies boolean
for await (const comment of client.list('/v1/images/{id}/comments', { params })) comment.text satisfies string
const event: Event = { imageId: image.id, type: 'view', appUserId: 'a user' }
for (const { index, pointer } of (await client.events.send(event)).rejected) [index, pointer] satisfies [number, string?]
export const code = (error: unknown) => error instanceof Problem && error.code === 'rate_limited'

// @ts-expect-error there is no such path
await client.get('/v1/nothing')
// @ts-expect-error the image is missing
await client.get('/v1/images/{id}')
// @ts-expect-error an image has no such property
await client.patch('/v1/images/{id}', { params, body: { titel: 'new' } })
// @ts-expect-error there is no such parameter
client.list('/v1/images', { params: { query: { colour: 'red' } } })
// @ts-expect-error this path has no pages
client.list('/v1/users/me')
// @ts-expect-error there is no such type of events
await client.events.send({ imageId: 'an image', type: 'nod' })
`

t.test('the declarations of the built client describe it to the programs of apps', async t => {
  const folder = t.testdir({ 'package.json': '{ "type": "module" }', 'app.ts': PROGRAM, node_modules: {} })
  await symlink(ROOT, join(folder, 'node_modules/glance'))
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
    types: [],
  }
  const program = ts.createProgram([join(folder, 'app.ts')], options)
  const faults = ts.getPreEmitDiagnostics(program)
  t.equal(faults.length, 0, ts.formatDiagnostics(faults, ts.createCompilerHost(options)))
})
