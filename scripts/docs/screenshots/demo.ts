import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../demo/free-port.ts'
import { runScript } from '../../lib/run-script.ts'
import { withTemporaryEngine } from '../../lib/temporary-engine.ts'

const START_MS = 60_000

/** Runs work on a service of its own with the demo data. @param work receives the URL */
export async function withDemo(work: (url: string) => Promise<void>): Promise<void> {
  await withTemporaryEngine('glance-screenshots-', async uri => {
    const env = {
      ...process.env,
      MONGODB_URI: uri,
      DATABASE: 'screenshots',
      JWT_SECRET: 'the secret of tokens of the screenshots',
      DATA_SECRET: 'the secret of hashes of the screenshots',
      LOG_LEVEL: 'error',
      RATE_LIMIT: '0',
      PORT: String(await freePort('127.0.0.1', 3000)),
    }
    await runScript('seed.ts', [], env).ended
    const service = runScript('../src/main.ts', [], env)
    try {
      const url = `http://127.0.0.1:${env.PORT}`
      await answering(url)
      await work(url)
    } finally {
      service.process.kill()
      await service.ended.catch(() => undefined)
    }
  })
}

/** Waits until a service answers. @throws Error when it does not within a minute */
async function answering(url: string): Promise<void> {
  const end = Date.now() + START_MS
  while (
    !(await fetch(`${url}/dashboard/`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > end) throw new Error('the service does not answer')
    await pause(250)
  }
}
