import { readFile } from 'node:fs/promises'
import t from 'tap'
import { API_TYPES, apiTypes } from '../../scripts/client/api-types.ts'
import { openWorld } from '../helpers/world.ts'

t.test('the types of the client are those of the OpenAPI document: `npm run client:types` renews them', async t => {
  const world = await openWorld(t)
  const { body } = await world.asks('GET', '/openapi.json')
  t.ok((await readFile(API_TYPES, 'utf8')) === (await apiTypes(body)))
})
