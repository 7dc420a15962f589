/** Opens a data directory, writes once, and then has nothing more to do; it does not close the store. */
import { sqlite } from '../src/sqlite/index.ts'
import { writeOf } from './rows.ts'

const [directory = ''] = process.argv.slice(2)
const store = sqlite({ directory })
await store.open()
await store.write([writeOf()])
console.log('written')
