/** `npm start`: the service, compiled if it is not, in this very process, so that signals reach it. */
require('./require-node.cjs')

const service = require('node:path').join(__dirname, '../../dist/main.js')
import('./build.js').then(() => import(service))
