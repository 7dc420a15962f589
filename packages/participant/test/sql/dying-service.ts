/**
 * A service that is killed at a named moment of one call:
 *
 *     node dying-service.ts LIBRARY URL OPERATION amid-business | after-commit | never
 */
import type { BarrierOperation } from '../../src/barrier/call.ts'
import { sqlBarrier } from '../../src/barrier/sql/barrier.ts'
import { callOf } from '../accounts.ts'
import { DRIVERS } from './libraries.ts'
import type { Library } from './library.ts'

const [name = '', url = '', op = '', moment = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')

async function serve<Transaction>(library: Library<Transaction>): Promise<void> {
  const { database, leave, close } = await library.open(url, 1)
  const answer = await sqlBarrier(database).run(callOf(op as BarrierOperation), async (transaction) => {
    await leave(transaction, op)
    if (moment === 'amid-business') die()
    return { did: op }
  })
  if (moment === 'after-commit') die()
  console.log(JSON.stringify(answer))
  await close()
}

const library = DRIVERS.find((each) => each.name === name)
if (library === undefined) throw new Error(`no library is called ${name}`)
await serve(library as Library<unknown>)
