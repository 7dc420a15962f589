/** Opens a data directory and writes on and on, printing the number of each batch that was acknowledged. */
import { sqlite } from '../src/sqlite/index.ts'
import { writeOf } from './rows.ts'

const BATCH_ROWS = 16
const [directory = '', round = ''] = process.argv.slice(2)
const store = sqlite({ directory })
await store.open()
console.log('open')

for (let batch = 0; ; batch += 1) {
  const gidOf = (index: number): string => `${round}-${batch}-${index}`
  const writes = Array.from({ length: BATCH_ROWS }, (_, index) => writeOf({ gid: gidOf(index) }))
  const answers = await store.write(writes)
  const updates = writes.map((write) => ({ ...write, expect: 1, state: 'second', writeId: 'write-2' }))
  const updated = await store.write(updates)
  if ([...answers, ...updated].some(({ outcome }) => outcome !== 'stored'))
    throw new Error(JSON.stringify(answers))
  console.log(`acknowledged ${batch}`)
}
