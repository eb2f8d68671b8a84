/** `npm run dev`: runs the service, again whenever its source changes, and beside it the dashboard with hot reload. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const inCheckout = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const service = spawn(inCheckout('node_modules/.bin/tsx'), ['watch', inCheckout('src/main.ts')], { stdio: 'inherit' })
const dashboard = await createServer({ configFile: inCheckout('src/dashboard/vite.config.ts') })
await dashboard.listen()
dashboard.printUrls()

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => service.kill(signal))
service.once('close', async code => {
  await dashboard.close()
  process.exit(code ?? 1)
})
