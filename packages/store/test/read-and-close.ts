/** Asks PostgreSQL many things at once, closes the store, and then has nothing more to do. */
import { postgres } from '../src/postgres/index.ts'

const AT_ONCE = 12

const [url = '', schema = ''] = process.argv.slice(2)
const store = postgres({ url, schema })
await store.open()
await Promise.all(Array.from({ length: AT_ONCE }, () => store.read(['unknown'])))
await store.close()
console.log('closed')
