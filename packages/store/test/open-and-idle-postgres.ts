/** Opens a schema, writes once, and then has nothing more to do; it does not close the store. */
import { postgres } from '../src/postgres/index.ts'
import { writeOf } from './rows.ts'

const [url = '', schema = ''] = process.argv.slice(2)
const store = postgres({ url, schema })
await store.open()
await store.write([writeOf()])
console.log('written')
