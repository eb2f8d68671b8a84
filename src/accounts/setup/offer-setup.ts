import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../config/config.ts'
import type { Database } from '../../database/connect.ts'
import { keepSecret } from '../../lib/kept-secret.ts'
import { openSetup } from './setup.ts'

/**
 * Writes the code of the setup to its file when the service has no account. In production, where nothing is printed, the log names the
 * file.
 * @returns the code; undefined when the service has an account
 */
export async function offerSetup(
  config: Config,
  database: Database,
  logger: FastifyBaseLogger,
): Promise<string | undefined> {
  const setup = openSetup(config, database)
  if (!(await setup.isNeeded())) return undefined
  const code = await setup.code()
  const { file } = setup
  try {
    keepSecret(file, `${code}\n`)
    if (config.production)
      logger.info({ file }, 'the service has no account: the file has the code that makes the first one')
  } catch (err) {
    const remedy = 'set GLANCE_FOLDER to a folder that can be written, or ADMIN_EMAIL and ADMIN_PASSWORD'
    logger.warn({ err, file }, `the code that makes the first account can not be written: ${remedy}`)
  }
  return code
}
