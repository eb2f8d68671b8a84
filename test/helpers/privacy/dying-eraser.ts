/** Goes on with an erasure and dies by kill -9 `before` or `after` it removes from a collection: receipt, person, collection, moment. */
import { connect } from '../../../src/database/connect.ts'
import { erasePerson } from '../../../src/privacy/erasure/erase-person.ts'
import type { Removal } from '../../../src/privacy/personal-data.ts'
import { anEraser } from './eraser.ts'

const [, , id = '', person = '', collection = '', moment] = process.argv
const { MONGODB_URI = '', DATABASE = '', DATA_SECRET = '' } = process.env
const { receipts, removals } = await anEraser(await connect(MONGODB_URI, DATABASE), DATA_SECRET)
const receipt = await receipts.read(id)
const removal = removals[collection]
if (!receipt || !removal) throw new Error(`there is no receipt ${id}, or nothing to remove from ${collection}`)

const remove: Removal['remove'] = async (whose, piece) => {
  if (moment === 'after') await removal.remove(whose, piece)
  process.kill(process.pid, 'SIGKILL')
}
await erasePerson(receipt, person, { ...removals, [collection]: { ...removal, remove } }, receipts)
throw new Error(`no data of the person in ${collection}`)
