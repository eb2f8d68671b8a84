/**
 * `npm test` runs it first: as npm installs it, tap brings a loader of TypeScript that takes three times as long as tsx for each
 * test file. It is built anew without what package.json takes out, once.
 */
import { spawnSync } from 'node:child_process'
import { t } from 'tap'

if (t.pluginSignature.includes('@tapjs/typescript')) {
  process.exitCode = spawnSync('npx', ['tap', 'build'], { stdio: 'inherit' }).status ?? 1
}
