/**
 * A service that is killed at a named moment of one call:
 *
 *     node dying-service.ts FILE OPERATION amid-business | after-commit | never
 */
import { DatabaseSync } from 'node:sqlite'
import type { BarrierOperation } from '../src/barrier/call.ts'
import { sqliteBarrier } from '../src/barrier/sqlite/barrier.ts'
import { apply, callOf } from './accounts.ts'

const [file = '', op = '', moment = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')

const answer = await sqliteBarrier(new DatabaseSync(file)).run(callOf(op as BarrierOperation), (database) => {
  apply(database, op)
  if (moment === 'amid-business') die()
  return { did: op }
})
if (moment === 'after-commit') die()
console.log(JSON.stringify(answer))
