/** Opens a MySQL database, writes once, and then has nothing more to do; it does not close the store. */
import { mysql } from '../src/mysql/index.ts'
import { writeOf } from './rows.ts'

const [url = ''] = process.argv.slice(2)
const store = mysql({ url })
await store.open()
await Promise.all([store.write([writeOf()]), store.list({}), store.ping()])
console.log('written')
