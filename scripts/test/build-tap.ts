/**
 * Builds tap without the plugins that package.json removes, unless that has been done; `npm test` runs this first. By default tap loads
 * TypeScript with a plugin that takes three times as long as tsx for each test file.
 */
import { spawnSync } from 'node:child_process'
import { t } from 'tap'

if (t.pluginSignature.includes('@tapjs/typescript')) {
  process.exitCode = spawnSync('npx', ['tap', 'build'], { stdio: 'inherit' }).status ?? 1
}
