/** Opens a MySQL database, writes once, and then has nothing more to do; it does not close the store. */
import { readFileSync } from 'node:fs'
import { mysql } from '../src/mysql/index.ts'
import { writeOf } from './rows.ts'

const [url = '', caFile] = process.argv.slice(2)
const store = mysql({ url, ...(caFile !== undefined && { tls: { ca: readFileSync(caFile) } }) })
await store.open()
await Promise.all([store.write([writeOf()]), store.list({}), store.ping()])
console.log('written')
