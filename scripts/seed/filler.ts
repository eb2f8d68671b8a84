/**
 * Fills a service, in a process of its own: painting pictures must not delay answers, and the service allows sharp no SVG. Argument: the
 * URL of the service.
 */
import { withDatabase } from '../lib/database.ts'
import { ProgressBar } from '../lib/progress-bar.ts'
import { fill } from './fill.ts'

const [, , url = ''] = process.argv

await withDatabase(async (database, { bcryptCost }) => {
  const bar = new ProgressBar()
  try {
    await fill({ url, database, bcryptCost }, (task, done, total) => bar.show(task, done, total))
  } finally {
    bar.stop()
  }
})
