import t from 'tap'
import { SCOPES } from '../../src/http/plugins/identity.ts'
import { type Ask, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world
/** Who may call each operation, repeated here on purpose: `open` ignores credentials, `anybody` refuses wrong ones. */
const WHO_MAY: Record<string, 'open' | 'anybody' | string[]> = {
  live: 'open',
  ready: 'open',
  metrics: 'anybody',
  getSetup: 'open',
  setUp: 'open',
  signUp: 'open',
  signIn: 'open',
  refreshSession: 'open',
  getMe: ['user', 'analyst', 'admin'],
  changeMe: ['user', 'analyst', 'admin'],
  changePassword: ['user', 'analyst', 'admin'],
  listSessions: ['user', 'analyst', 'admin'],
  confirmSession: ['user', 'analyst', 'admin'],
  endSession: ['user', 'analyst', 'admin'],
  endOneSession: ['user', 'analyst', 'admin'],
  endSessions: ['user', 'analyst', 'admin'],
  createKey: ['admin'],
  listKeys: ['admin'],
  revokeKey: ['admin'],
  listUsers: ['admin'],
  setRoles: ['admin'],
  readAudit: ['admin'],
  exportMe: ['user', 'analyst', 'admin'],
  listErasures: ['admin'],
  getErasure: 'open',
  requestErasure: ['user', 'analyst', 'admin', 'erasures:write'],
  uploadImage: ['user', 'analyst', 'admin', 'images:write'],
  describeUploads: 'open',
  createUpload: ['user', 'analyst', 'admin', 'images:write'],
  getUpload: ['user', 'analyst', 'admin', 'images:write'],
  resumeUpload: ['user', 'analyst', 'admin', 'images:write'],
  deleteUpload: ['user', 'analyst', 'admin', 'images:write'],
  listImages: 'anybody',
  getImage: 'anybody',
  getImageFile: 'anybody',
  createFileLink: ['user', 'analyst', 'admin'],
  changeImage: ['user', 'analyst', 'admin'],
  deleteImage: ['user', 'analyst', 'admin'],
  deleteImages: ['user', 'analyst', 'admin'],
  getFeedback: ['user', 'analyst', 'admin'],
  putFeedback: ['user', 'analyst', 'admin'],
  patchFeedback: ['user', 'analyst', 'admin'],
  deleteFeedback: ['user', 'analyst', 'admin'],
  listFeedback: ['user', 'analyst', 'admin'],
  postComment: ['user', 'analyst', 'admin'],
  listComments: 'anybody',
  deleteComment: ['user', 'analyst', 'admin'],
  getTime: 'open',
  postEvents: ['user', 'analyst', 'admin', 'events:write', 'events:collect'],
  getPixel: ['events:pixel'],
  listMyEvents: ['user', 'analyst', 'admin'],
  getMyStats: ['user', 'analyst', 'admin'],
  getImageStats: ['user', 'analyst', 'admin', 'stats:read'],
  getTopImages: ['user', 'analyst', 'admin', 'stats:read'],
  getTrendingImages: ['user', 'analyst', 'admin', 'stats:read'],
  followNumbers: ['analyst', 'admin', 'stats:read'],
  getOverview: ['analyst', 'admin', 'stats:read'],
  listReports: ['analyst', 'admin', 'exports:read'],
  getReport: ['analyst', 'admin', 'exports:read'],
  listReportResults: ['analyst', 'admin', 'exports:read'],
  listSchedules: ['admin'],
  getSystem: ['admin'],
  exportEvents: ['analyst', 'admin', 'exports:read'],
  exportFeedback: ['analyst', 'admin', 'exports:read'],
  exportImages: ['analyst', 'admin', 'exports:read'],
}

/** Without a refresh token the answer is 401, whoever asks: here it is not valid JSON. */
const BODIES: Record<string, Ask> = {
  refreshSession: { body: '{', headers: { 'content-type': 'application/json' } },
}

const PEOPLE = ['user', 'analyst', 'admin'] as const

/** Signs a user in for each role. */
async function signedIn(): Promise<Record<string, Ask>> {
  const { token } = await world.root()
  const callers: Record<string, Ask> = {}
  for (const role of PEOPLE) {
    const { id } = await world.signsUp(role)
    await asks('PUT', `/v1/users/${id}/roles`, {
      token,
      json: { roles: ['user', role].slice(role === 'user' ? 1 : 0) },
    })
    callers[role] = { token: (await world.signsUp(role)).token }
  }
  return callers
}

/** Callers without valid credentials, and a key for each scope. */
async function strangersAndKeys(): Promise<Record<string, Ask>> {
  const origins = ['https://shop.example']
  const callers: Record<string, Ask> = {
    nobody: {},
    'a wrong token': { token: 'nonsense' },
    'a wrong key': { key: 'glk_wrong' },
  }
  for (const scope of SCOPES) {
    const { key } = await world.hasKey({ app: 'walker', scopes: [scope], origins })
    callers[scope] = { key, headers: { origin: origins[0] ?? '' } }
  }
  return callers
}

t.test('every operation of the OpenAPI document is open to its callers only', async t => {
  const { body } = await asks('GET', '/openapi.json')
  const operations = Object.entries<Record<string, { operationId: string }>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ path, method: method.toUpperCase(), operationId })),
  )
  t.same(
    operations.map(({ operationId }) => operationId).filter(name => !(name in WHO_MAY)),
    [],
    'every route has an entry',
  )
  const others = await strangersAndKeys()
  let people = await signedIn()
  for (const { path, method, operationId } of operations) {
    const who = WHO_MAY[operationId] ?? []
    for (const [name, ask] of Object.entries({ ...others, ...people })) {
      const { status } = await asks(method, path.replace(/\{\w+\}/g, 'nothing'), { ...ask, ...BODIES[operationId] })
      const isUnknown = ['nobody', 'a wrong token', 'a wrong key'].includes(name)
      const isAllowed = who === 'open' || (who === 'anybody' ? !name.startsWith('a wrong') : who.includes(name))
      const what = `${operationId} by ${name}: ${status}`
      if (isAllowed) t.notOk([401, 403].includes(status), what)
      else t.equal(status, isUnknown ? 401 : 403, what)
    }
    if (operationId === 'endSession' || operationId === 'endSessions') people = await signedIn()
  }
})
