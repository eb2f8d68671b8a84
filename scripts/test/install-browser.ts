/** Installs Chromium for the tests of the dashboard from the packages of Debian or Ubuntu, unless there is a browser. */
import { spawnSync } from 'node:child_process'
import { findBrowser } from '../lib/browser.ts'

const found = findBrowser()
if (found) process.stdout.write(`the browser of the tests is ${found}\n`)
else if (process.getuid?.() !== 0) fail('no Chromium or Chrome is found: install one, or run this as root')
else {
  run('apt-get', 'update', '-q')
  run('apt-get', 'install', '-qy', '--no-install-recommends', 'chromium', 'fonts-liberation')
}

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) fail(`${command} failed${error ? `: ${error.message}` : ''}`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
