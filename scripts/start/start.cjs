/** `npm start`: compiles the service if needed and runs it in this process, so that signals reach it. */
require('./require-node.cjs')

const service = require('node:path').join(__dirname, '../../dist/main.js')
import('./build.js').then(() => import(service))
