// Old CommonJS, so that an old Node can run it and print which version is needed.
const wanted = require('../../package.json').engines.node.replace('>=', '')
const found = process.versions.node

if (found.localeCompare(wanted, 'en', { numeric: true }) < 0) {
  process.stderr.write(`Glance needs Node ${wanted} or later; this is Node ${found}.\n`)
  process.exit(1)
}
