/**
 * An application that runs one saga in its own process and is killed at a named moment; the next one registers the same
 * definition, and so goes on with what is left:
 *
 *     node dying-application.ts FOLDER MOMENT [REFUSING-STEP]
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteBarrier } from '@assent/participant'
import { sqlite } from '@assent/store/sqlite'
import { open, Refused, saga, unchecked } from '../src/index.ts'

/** `action:ship` is amid that function, `answered:ship` behind the commit of its work; `never` and `recover` die not. */
const [folder = '', moment = '', refusing = ''] = process.argv.slice(2)
const GID = 'order-17'

const books = new DatabaseSync(join(folder, 'books.db'))
books.exec('CREATE TABLE IF NOT EXISTS entries (step TEXT NOT NULL, done INTEGER NOT NULL) STRICT')
const inner = sqliteBarrier(books)
const dieAt = (here: string): void => {
  if (moment === here) process.kill(process.pid, 'SIGKILL')
}
/** Dies when the work is committed, before anybody is told. */
const barrier: Pick<typeof inner, 'run'> = {
  async run(call, business) {
    const answer = await inner.run(call, business)
    dieAt(`answered ${call.op}:${call.branchId}`)
    return answer
  },
}

const enter = (op: string, step: string) => (given: { database: DatabaseSync }) => {
  given.database.prepare('INSERT INTO entries VALUES (?, ?)').run(step, op === 'action' ? 1 : -1)
  dieAt(`${op}:${step}`)
  if (op === 'action' && step === refusing) throw new Refused('NOT_TODAY')
  return { step }
}
const stepOf = (step: string) => ({
  barrier,
  action: enter('action', step),
  compensate: enter('compensate', step),
})
const order = saga('order', { version: 1, input: unchecked<{ sku: string }>() })
  .step('reserve', stepOf('reserve'))
  .step('charge', stepOf('charge'))
  .step('ship', { barrier, action: enter('action', 'ship') })

await using assent = await open({ store: sqlite(join(folder, 'assent')), definitions: [order] })
const ended =
  moment === 'recover'
    ? await assent.handle(order, GID).result({ waitMs: 20_000 })
    : await assent.run(order, { sku: 'a' }, { gid: GID })
console.log(ended.status)
