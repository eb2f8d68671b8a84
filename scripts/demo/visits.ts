/** The process of the people of the demo: fills a new service, and then goes on looking at its pictures. Argument: the URL. */
import { withDatabase } from '../lib/database.ts'
import { ProgressBar } from '../lib/progress-bar.ts'
import { fill } from '../seed/fill.ts'
import { isFilled, noteFilled } from './filled.ts'
import { goOn } from './go-on.ts'

const [, , url = ''] = process.argv

// Ctrl+C reaches this process as well, which its parent ends; it ends by itself when it has no parent any more.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())

await withDatabase(async (database, config) => {
  const { folder } = config.engine
  if (!(await isFilled(folder))) {
    const bar = new ProgressBar()
    try {
      await fill({ url, database, bcryptCost: config.bcryptCost }, (task, done, total) => bar.show(task, done, total))
    } finally {
      bar.stop()
    }
    await noteFilled(folder)
  }
  process.stdout.write('people go on looking at the pictures\n')
  await goOn(url, database)
})
