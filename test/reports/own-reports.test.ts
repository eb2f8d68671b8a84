import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openLog } from '../../src/events/log/open-log.ts'
import { bindPipeline } from '../../src/reports/own/bind-pipeline.ts'
import { ownReport } from '../../src/reports/own/own-report.ts'
import { DAY, hashPerson } from '../helpers/log.ts'
import { after, tellStory } from '../helpers/recount/story.ts'
import { ADMIN, openWorld, type World } from '../helpers/world.ts'

const HOUR = 3_600_000
const count = { name: 'events', kind: 'count', about: 'number of events' }
const group = { name: 'group', kind: 'text', about: 'what is counted' }

/** An own report on events, with some of its parts changed. */
function aReport(name: string, more: object = {}) {
  const pipeline = [
    { $group: { _id: '$type', events: { $sum: 1 } } },
    { $project: { group: '$_id', events: 1 } },
    { $sort: { group: 1 } },
  ]
  return { name, question: 'How many?', collection: 'events', columns: [group, count], pipeline, ...more }
}

/** A service with a folder of own reports, an analyst's images, and the events of two visitors. */
async function aStudio(t: Test, reports: object[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'glance-reports-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const writes = (name: string, content: unknown) =>
    writeFile(join(folder, `${name}.json`), typeof content === 'string' ? content : JSON.stringify(content))
  for (const report of reports) await writes((report as { name: string }).name, report)
  const world: World = await openWorld(t, { REPORTS_DIR: folder })
  const { database } = world
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, hashPerson)
  const at = new Date(Date.now() - 2 * HOUR)
  const [ann, bob] = ['v:shop:ann-the-visitor', 'v:shop:bob-the-visitor']
  const events = [
    after(at, 0, ann, 'view', 'pub', { sessionId: 'ann-session', geography: { country: 'CH', region: 'Bern' } }),
    after(at, 1, ann, 'click', 'pub', { context: { device: '$person' } }),
    after(at, 2, bob, 'view', 'priv', { context: { device: 'phone' } }),
    after(at, 3, ann, 'comment', 'pub', { geography: { country: 'CH' } }),
  ]
  const uploadedAt = at
  const images = [
    { _id: 'pub', title: 'A public title', tags: ['a'], uploadedAt },
    { _id: 'priv', title: 'A private title', tags: ['secret-tag'], uploadedAt, visibility: 'private' as const },
  ]
  await tellStory({ events, images, users: [], likes: [{ person: ann, imageId: 'pub' }] }, database, log)
  const comment = { _id: 'c', imageId: 'pub', userId: ann, text: 'by ann-the-visitor', createdAt: at }
  await database.db.collection<{ _id: string }>('comments').insertOne(comment)
  const root = await world.signsIn(ADMIN)
  const asksFor = async (name: string, query = '') => {
    const { status, body } = await root.gets(`/v1/reports/${name}${query}`)
    return { status, body, rows: body.rows }
  }
  return { ...world, folder, root, writes, asksFor }
}

t.test('an own report is listed and answered like a built-in one', async t => {
  const report = aReport('by-type', {
    parameters: { least: { type: 'integer', default: 1, minimum: 1, description: 'least number of events' } },
    pipeline: [
      { $match: { at: { $gte: { $param: 'from' } } } },
      { $group: { _id: '$type', events: { $sum: 1 } } },
      { $match: { events: { $gte: { $param: 'least' } } } },
      { $project: { group: '$_id', events: 1 } },
      { $sort: { group: 1 } },
    ],
  })
  const { root, asksFor } = await aStudio(t, [report])
  const { body } = await root.gets('/v1/reports')
  const listed = body.items.find(({ name }: { name: string }) => name === 'by-type')
  t.match(listed, { own: true, question: 'How many?', columns: [group, count] })
  t.same(
    listed.parameters.map(({ name }: { name: string }) => name),
    ['since', 'until', 'least'],
  )
  t.match(await asksFor('by-type'), {
    status: 200,
    rows: [
      { group: 'click', events: 1 },
      { group: 'comment', events: 1 },
      { group: 'view', events: 2 },
    ],
  })
  t.same((await asksFor('by-type', '?least=2')).rows, [{ group: 'view', events: 2 }])
  t.match(await asksFor('by-type', '?least=0'), { status: 400, body: { errors: [{ pointer: '/querystring/least' }] } })
  t.match(await asksFor('by-type', '?other=0'), { status: 400, body: { errors: [{ pointer: '/querystring/other' }] } })
  const csv = await root.gets('/v1/reports/by-type?format=csv')
  t.equal(csv.bytes.toString(), 'group,events\nclick,1\ncomment,1\nview,2\n')
  const { parameters } = (await root.gets('/openapi.json')).body.paths['/v1/reports/{name}'].get
  t.match(
    parameters.find(({ name }: { name: string }) => name === 'least'),
    { description: 'least number of events' },
  )
})

t.test('a file may change while the service runs; one that is not a report is shown to admins only', async t => {
  const { folder, root, asksFor, writes, asks, hasKey } = await aStudio(t, [aReport('fine')])
  await writes('broken', '{ "name": ')
  await writes('other', aReport('another-name'))
  await writes('trends', aReport('trends'))
  await writes('engine', aReport('engine', { pipeline: [{ $bucket: { groupBy: '$value', boundaries: [2, 1] } }] }))
  await mkdir(join(folder, 'folder.json'))
  await symlink('nowhere', join(folder, 'link.json'))
  await writes('fine.test', { expect: [] })
  const { body } = await root.gets('/v1/reports')
  t.match(body.broken, [
    { file: 'broken.json', fault: /JSON/ },
    { file: 'engine.json', fault: /boundaries/ },
    { file: 'folder.json', fault: /EISDIR/ },
    { file: 'link.json', fault: /ENOENT/ },
    { file: 'other.json', fault: '/name must be other, like the file' },
    { file: 'trends.json', fault: '/name is the name of another report' },
  ])
  t.equal((await asksFor('fine')).status, 200)
  t.equal((await asksFor('broken')).status, 404)
  const { key } = await hasKey({ app: 'shop', scopes: ['exports:read'] })
  t.notHas((await asks('GET', '/v1/reports', { key })).body, { broken: [] })
  await writes('broken', aReport('broken'))
  t.equal((await asksFor('broken')).status, 200)
  await rm(folder, { recursive: true })
  await writeFile(folder, 'not a folder')
  t.match((await root.gets('/v1/reports')).body.broken, [{ fault: /EISDIR|ENOTDIR|JSON/ }])
  t.equal((await asksFor('trends')).status, 200)
})

t.test('a module computes the stages from the parameters, and the rows from what they find', async t => {
  const { folder, asksFor } = await aStudio(t)
  const writes = (source: string) => writeFile(join(folder, 'module.mjs'), source)
  const head = `name: 'module', question: 'How many?', collection: 'events', columns: ${JSON.stringify([group, count])}`
  const parameters = `parameters: { type: { type: 'string', default: 'view', description: 'type of events' } }`
  await writes(`export default { ${head}, ${parameters},
    pipeline: ({ type, from, to }) => [{ $match: { type, at: { $gte: from, $lt: to } } }, { $count: 'events' }],
    finish: (rows, { type }) => [...rows, { events: 0 }].map(row => ({ ...row, group: type })),
  }`)
  t.same((await asksFor('module')).rows, [
    { group: 'view', events: 2 },
    { group: 'view', events: 0 },
  ])
  t.same((await asksFor('module', '?type=click')).rows[0], { group: 'click', events: 1 })
  await writes(`export default { ${head}, pipeline: () => [{ $limit: 1 }, { $project: { group: 'changed' } }] }`)
  t.match((await asksFor('module')).rows, [{ group: 'changed', events: null }])
  await writes(`export default { ${head}, pipeline: [{ $limit: 1 }], finish: rows => rows[7].events }`)
  t.match(await asksFor('module'), {
    status: 422,
    body: { code: 'report_failed', detail: /a function of the report failed/ },
  })
})

t.test('a module may not do what a file may not, with any parameters', async t => {
  const { folder, root, asksFor } = await aStudio(t)
  const head = `question: 'How many?', collection: 'events', columns: ${JSON.stringify([group, count])}`
  const sources = {
    import: `import 'not-there'`,
    none: `export const report = 1`,
    out: `export default { name: 'out', ${head}, pipeline: () => [{ $out: 'events' }] }`,
    regexp: `export default { name: 'regexp', ${head}, pipeline: [{ $match: { type: /^v/ } }] }`,
    text: `export default { name: 'text', ${head}, pipeline: 'no' }`,
    throws: `export default { name: 'throws', ${head}, pipeline: () => { throw new Error('no stages') } }`,
    later: `export default { name: 'later', ${head}, parameters: { then: { type: 'string', default: 'a', description: 'x' } },
      pipeline: ({ then }) => [then === 'a' ? { $limit: 1 } : { $merge: 'users' }] }`,
  }
  for (const [name, source] of Object.entries(sources)) await writeFile(join(folder, `${name}.mjs`), source)
  const { broken } = (await root.gets('/v1/reports')).body
  t.match(broken, [
    { file: 'import.mjs', fault: /^can not be loaded: .*not-there/ },
    { file: 'none.mjs', fault: /^\// },
    { file: 'out.mjs', fault: '/pipeline/0/$out is not a stage that own reports may use' },
    { file: 'regexp.mjs', fault: '/pipeline/0/$match/type must be a value of JSON or a Date' },
    { file: 'text.mjs', fault: '/pipeline must be an array' },
    { file: 'throws.mjs', fault: 'a function of the report failed: no stages' },
  ])
  t.equal(broken.length, 6)
  t.match(await asksFor('later', '?then=b'), {
    status: 422,
    body: { detail: /^\/pipeline\/0\/\$merge is not a stage/ },
  })
})

t.test('a pipeline that fails on the data is answered with what the database says', async t => {
  const divide = [{ $project: { events: { $divide: [1, { $strLenCP: '$type' }] }, group: { $toInt: '$type' } } }]
  const { asksFor } = await aStudio(t, [aReport('fails', { pipeline: divide })])
  t.match(await asksFor('fails'), { status: 422, body: { code: 'report_failed', detail: /view|click|parse/i } })
})

t.test('a value of another kind than its column is an error that names the column', async t => {
  const kinds = [
    { name: 'a', kind: 'count', about: 'a count' },
    { name: 'b', kind: 'series', about: 'a series' },
    { name: 'c', kind: 'text', about: 'a text' },
    { name: 'd', kind: 'time', about: 'a time' },
    { name: 'e', kind: 'share', about: 'a share' },
  ]
  const fine = {
    a: { $toLong: '7' },
    b: [1, null],
    c: { $literal: { d: 1 } },
    d: { $toDate: { $toLong: '0' } },
    e: { $divide: [1, 2] },
  }
  const wrong = { a: { $divide: [1, 2] }, b: 'x', d: '2026-11-01', e: '0.5' }
  const one = (columns: object) => [{ $limit: 1 }, { $project: columns }]
  const { asksFor, writes } = await aStudio(t, [aReport('kinds', { columns: kinds, pipeline: one(fine) })])
  t.same((await asksFor('kinds')).rows, [{ a: 7, b: [1, null], c: '{"d":1}', d: '1970-01-01T00:00:00.000Z', e: 0.5 }])
  for (const [name, value] of Object.entries(wrong)) {
    const literal = typeof value === 'string' ? { $literal: value } : value
    await writes(
      `wrong-${name}`,
      aReport(`wrong-${name}`, { columns: kinds, pipeline: one({ ...fine, [name]: literal }) }),
    )
    const detail = new RegExp(`^the column ${name} contains .*, which is not of the kind`)
    t.match(await asksFor(`wrong-${name}`), { status: 422, body: { code: 'report_failed', detail } })
  }
})

t.test('a text of a parameter is never taken for a field or an operator', async t => {
  const parameters = { device: { type: 'string', default: 'phone', description: 'a device' } }
  const isDevice = { $eq: ['$context.device', { $param: 'device' }] }
  const byExpression = [
    { $match: { $expr: isDevice } },
    { $project: { group: { $param: 'device' }, events: { $literal: 1 } } },
  ]
  const byCondition = [
    { $match: { 'context.device': { $param: 'device' } } },
    { $project: { group: '$context.device', events: { $literal: 1 } } },
  ]
  const { asksFor } = await aStudio(t, [
    aReport('expression', { parameters, pipeline: byExpression }),
    aReport('condition', { parameters, pipeline: byCondition }),
  ])
  for (const name of ['expression', 'condition']) {
    t.same((await asksFor(name, '?device=$person')).rows, [{ group: '$person', events: 1 }], name)
    t.same((await asksFor(name)).rows, [{ group: 'phone', events: 1 }], name)
  }
})

t.test('whatever a pipeline does, it gives out neither people nor what is private', async t => {
  const out = (value: unknown) => [{ $project: { group: value, events: { $literal: 1 } } }]
  const lookup = (from: string, field: string) => [
    { $lookup: { from, localField: 'imageId', foreignField: field, as: 'found' } },
    { $project: { group: '$found', events: { $literal: 1 } } },
  ]
  const ways: Record<string, { collection?: string; pipeline: object[] }> = {
    'the field': { pipeline: out('$person') },
    'a part of it': { pipeline: out({ $substrCP: ['$person', 0, 10] }) },
    'a concatenation': { pipeline: out({ $concat: ['x', { $ifNull: ['$person', ''] }, 'y'] }) },
    'letter by letter': {
      pipeline: out({
        $map: {
          input: { $range: [0, 20] },
          as: 'i',
          in: { $substrCP: [{ $ifNull: ['$person', ''] }, '$$i', 1] },
        },
      }),
    },
    'an array': { pipeline: [{ $group: { _id: null, all: { $addToSet: '$person' } } }, ...out('$all')] },
    'keys of an object': {
      pipeline: [
        { $group: { _id: null, all: { $push: { k: { $ifNull: ['$person', 'none'] }, v: 1 } } } },
        ...out({ $arrayToObject: '$all' }),
      ],
    },
    'the id as text': { pipeline: out({ $toString: '$_id' }) },
    'a field by its computed name': {
      pipeline: out({ $getField: { field: { $concat: ['per', 'son'] }, input: '$$ROOT' } }),
    },
    'the whole document': { pipeline: out({ $objectToArray: '$$ROOT' }) },
    'counts by group': { pipeline: [{ $group: { _id: '$person', n: { $sum: 1 } } }, ...out('$_id')] },
    'the session': { pipeline: out('$session') },
    'the stored session': { pipeline: out('$sessionId') },
    'another root': { pipeline: [{ $replaceRoot: { newRoot: { a: '$$ROOT' } } }, ...out({ $objectToArray: '$a' })] },
    'a guess in the first condition': {
      pipeline: [{ $match: { person: 'v:shop:ann-the-visitor' } }, ...out('ann-the-visitor is here')],
    },
    'a guess in a later condition': {
      pipeline: [
        { $limit: 100 },
        { $match: { $expr: { $eq: ['$person', 'v:shop:ann-the-visitor'] } } },
        ...out('ann-the-visitor'),
      ],
    },
    feedback: { collection: 'feedback', pipeline: out({ $objectToArray: '$$ROOT' }) },
    'feedback of a lookup': { pipeline: lookup('feedback', 'imageId') },
    comments: { collection: 'comments', pipeline: out({ $objectToArray: '$$ROOT' }) },
    'comments of a lookup': { pipeline: lookup('comments', 'imageId') },
    'private images': { collection: 'images', pipeline: out({ $objectToArray: '$$ROOT' }) },
    'private images of a lookup': { pipeline: lookup('images', '_id') },
    'private images of a union': {
      pipeline: [{ $unionWith: { coll: 'images' } }, ...out({ $objectToArray: '$$ROOT' })],
    },
    'private images by their title': {
      collection: 'images',
      pipeline: [{ $match: { title: 'A private title' } }, ...out('A private title')],
    },
  }
  const names = Object.keys(ways).map((_, i) => `way-${i}`)
  const reports = Object.values(ways).map((way, i) => aReport(`way-${i}`, { collection: 'events', ...way }))
  const { asksFor, root } = await aStudio(t, reports)
  t.same((await root.gets('/v1/reports')).body.broken, [])
  for (const [i, way] of Object.keys(ways).entries()) {
    const { status, body } = await asksFor(names[i] ?? '')
    const text = JSON.stringify(body)
    t.equal(status, 200, `${way}: ${text}`)
    t.notMatch(text.replaceAll('","', ''), /ann|bob|shop|the-visitor|secret-tag|private title/i, way)
  }
  const people = (await asksFor('way-9')).rows.flatMap(({ group }: { group: string | null }) => group ?? [])
  t.match(people, [/^-?\d+$/, /^-?\d+$/], 'people are hashed')
})

t.test('a column of people has the same pseudonym for a person in all own reports', async t => {
  const columns = [{ name: 'who', kind: 'person', about: 'who it was' }, count]
  const byPerson = [
    { $group: { _id: '$person', events: { $sum: 1 } } },
    { $project: { who: '$_id', events: 1 } },
    { $sort: { events: -1, who: 1 } },
  ]
  const ofFeedback = [{ $project: { who: '$person', events: { $literal: 1 } } }]
  const { asksFor } = await aStudio(t, [
    aReport('people-of-events', { columns, pipeline: byPerson }),
    aReport('people-of-feedback', { collection: 'feedback', columns, pipeline: ofFeedback }),
  ])
  const { rows } = await asksFor('people-of-events')
  t.match(rows, [
    { who: /^[0-9a-f]{32}$/, events: 2 },
    { who: null, events: 1 },
    { who: /^[0-9a-f]{32}$/, events: 1 },
  ])
  t.same((await asksFor('people-of-feedback')).rows, [{ who: rows[0].who, events: 1 }])
})

t.test('what a pipeline may not contain is refused, with its place', async t => {
  const deep = (levels: number): unknown => (levels === 0 ? '$type' : { $not: [deep(levels - 1)] })
  const cases: [stage: unknown, fault: RegExp][] = [
    [{ $out: 'x' }, /^\/pipeline\/0\/\$out is not a stage/],
    [{ $merge: { into: 'x' } }, /^\/pipeline\/0\/\$merge is not a stage/],
    [{ $graphLookup: {} }, /^\/pipeline\/0\/\$graphLookup is not a stage/],
    [{ $collStats: {} }, /\$collStats is not a stage/],
    [{ $facet: { a: [{ $out: 'x' }] } }, /^\/pipeline\/0\/\$facet\/a\/0\/\$out is not a stage/],
    [
      { $lookup: { from: 'users', localField: 'a', foreignField: '_id', as: 'b' } },
      /^\/pipeline\/0\/\$lookup\/from must be/,
    ],
    [{ $lookup: { from: 'events', localField: 'a', foreignField: 'imageId', as: 'b' } }, /\$lookup\/from must be/],
    [
      { $lookup: { from: 'feedback', localField: 'a', foreignField: 'person', as: 'b' } },
      /foreignField must be one of/,
    ],
    [{ $lookup: { from: 'images', pipeline: [], as: 'b' } }, /foreignField must be one of/],
    [
      {
        $lookup: {
          from: 'images',
          localField: 'a',
          foreignField: '_id',
          as: 'b',
          pipeline: [{ $unionWith: { coll: 'keys' } }],
        },
      },
      /^\/pipeline\/0\/\$lookup\/pipeline\/0\/\$unionWith\/coll must be/,
    ],
    [{ $unionWith: 'users' }, /\$unionWith must be an object/],
    [{ $unionWith: { coll: 'sessions' } }, /^\/pipeline\/0\/\$unionWith\/coll must be/],
    [{ $match: { $where: 'sleep(1)' } }, /^\/pipeline\/0\/\$match\/\$where is not/],
    [{ $match: { $or: [{ a: 1 }, { b: { $where: '1' } }] } }, /^\/pipeline\/0\/\$match\/\$or\/1\/b\/\$where is not/],
    [{ $match: { $expr: { $function: {} } } }, /^\/pipeline\/0\/\$match\/\$expr\/\$function is not/],
    [{ $match: { a: { $not: { $regex: { $param: 'text' } } } } }, /\$regex must be a text/],
    [{ $match: { a: { $elemMatch: { b: { $where: 1 } } } } }, /\$elemMatch\/b\/\$where is not/],
    [{ $group: { _id: null, x: { $accumulator: {} } } }, /^\/pipeline\/0\/\$group\/x\/\$accumulator is not/],
    [
      { $project: { x: { $add: [1, { $function: {} }] } } },
      /^\/pipeline\/0\/\$project\/x\/\$add\/1\/\$function is not/,
    ],
    [{ $project: { x: '$$USER_ROLES' } }, /must not use the variable \$\$USER_ROLES/],
    [{ $project: { x: { $toHashedIndexKey: 'guess' } } }, /\$toHashedIndexKey is not/],
    [{ $match: { $param: 'text' } }, /^\/pipeline\/0\/\$match can not be a \$param/],
    [{ $param: 'text' }, /^\/pipeline\/0\/\$param can|^\/pipeline\/0\/\$param is not a stage/],
    [{ $project: { x: { $param: 'nobody' } } }, /names the unknown parameter nobody/],
    [{ $match: { at: { $gte: { $date: 'soon' } } } }, /\$date must be a time/],
    [{ $project: { x: deep(60) } }, /must not be deeper than 50 levels/],
    [{ $match: {}, $limit: 1 }, /^\/pipeline\/0 must be an object with the name of one stage/],
    ['$match', /^\/pipeline\/0 must be an object with the name of one stage/],
  ]
  for (const [stage, fault] of cases) {
    const bind = () => bindPipeline('events', [stage], {}, { values: { text: 'a' }, personKey: 'key' })
    t.throws(bind, { message: fault }, JSON.stringify(stage).slice(0, 100))
  }
})

t.test('a condition on stored fields comes before the projection, where indexes help', t => {
  const bind = (condition: object) => {
    const conditions = { at: { $gte: new Date(0) } }
    return bindPipeline('events', [{ $match: condition }], conditions, { values: {}, personKey: 'key' })
  }
  const early = { $or: [{ imageId: 'a' }, { type: 'view' }] }
  t.match(bind(early)[0], { $match: { $and: [{ at: {} }, early] } })
  t.equal(bind(early).length, 2)
  for (const late of [{ person: 'a' }, { $or: [{ imageId: 'a' }, { session: 'b' }] }, { $expr: { $eq: [1, 1] } }])
    t.match(bind(late), [{ $match: { $and: [{ at: {} }] } }, { $project: {} }, { $match: late }])
  t.end()
})

t.test('a file that is not a report is refused, with the field', t => {
  const cases: [more: object, fault: RegExp][] = [
    [{ collection: 'users' }, /^\/collection must be/],
    [{ columns: [] }, /^\/columns must/],
    [{ columns: [group, group] }, /^\/columns\/1\/name is the name of another column/],
    [
      { columns: [{ ...group, kind: 'title', of: 'group' }] },
      /^\/columns\/0\/of must be the name of a column of images/,
    ],
    [
      { parameters: { since: { type: 'string', default: 'a', description: 'b' } } },
      /^\/parameters\/since is a reserved name/,
    ],
    [{ parameters: { n: { type: 'integer', default: 'a', description: 'b' } } }, /^the default of n must be integer/],
    [{ parameters: { n: { type: 'object', default: 'a', description: 'b' } } }, /^\/parameters\/n\/type must be/],
    [{ since: 'soon' }, /^the default of since/],
    [{ collection: 'images', since: '7d' }, /^\/since is only for events and rollups/],
    [{ pipeline: {} }, /^\/pipeline must be an array/],
    [{ more: 1 }, /^\/more is not allowed/],
  ]
  for (const [more, fault] of cases)
    t.throws(() => ownReport(aReport('refused', more)), { message: fault }, JSON.stringify(more))
  t.end()
})
