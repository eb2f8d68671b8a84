/** `npm run client:types`: writes the types of the client, from the OpenAPI document of the service as it is in this checkout. */
import { writeFile } from 'node:fs/promises'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/config.ts'
import { connect } from '../../src/database/connect.ts'
import { BENCH_SECRET } from '../bench/lib/secret.ts'
import { withTemporaryEngine } from '../lib/temporary-engine.ts'
import { API_TYPES, apiTypes } from './api-types.ts'

await withTemporaryEngine('glance-client-types-', async uri => {
  const config = loadConfig({ JWT_SECRET: BENCH_SECRET, DATA_SECRET: BENCH_SECRET, LOG_LEVEL: 'error' })
  const database = await connect(uri, 'client-types')
  const app = await buildApp(config, database)
  await writeFile(API_TYPES, await apiTypes(app.swagger()))
  await app.close()
  await database.connection.close()
})
process.stdout.write('src/client/api.ts\n')
