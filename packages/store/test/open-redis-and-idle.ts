/** Opens a store in Redis, writes once, and then has nothing more to do; it does not close the store. */
import { redis } from '../src/redis/index.ts'
import { writeOf } from './rows.ts'

const [url = '', prefix = ''] = process.argv.slice(2)
const store = redis({ url, prefix })
await store.open()
await store.write([writeOf()])
console.log('written')
