import { ongoing, Refused } from '@assent/contract'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import type { Call } from '../../src/barrier/call.ts'
import type { Answer } from '../../src/barrier/decision.ts'
import type { SqlBarrierOptions } from '../../src/barrier/sql/barrier.ts'
import { endIsOne, type Happening, undoIsFinal } from '../schedules.ts'
import { aCall, itsResult, itsTransaction } from './calls.ts'
import { aCallThatGoesOn, aCompletionWithoutItsCall } from './completions.ts'
import { contention } from './contention.ts'
import type { Library } from './library.ts'
import { aRefusal } from './refusals.ts'
import { itsRows } from './rows.ts'
import { type Service, startService } from './service.ts'
import { anUndo, ends, undos } from './undos.ts'

/** Plans for what happens to a branch, of each kind. */
const SCHEDULES = 15

/** What the barrier promises on every database, through whatever driver. */
export function barrierSuite<Transaction>(library: Library<Transaction>): void {
  atReadCommitted(library)
  atSerializable(library, each)
}

/** The same through a library above a driver: what fails at SERIALIZABLE is to be known for what it is. */
export function barrierCore<Transaction>(library: Library<Transaction>): void {
  atReadCommitted(library)
  atSerializable(library, (service) => describe('a call', () => aCall(service)))
}

function atReadCommitted<Transaction>(library: Library<Transaction>): void {
  describe(`the barrier through ${library.name}`, () => {
    const service = serviceFor(library, {})
    each(service)
    describe('contention', () => contention(service))
    describe('its rows', () => itsRows(service))
  })
}

function atSerializable<Transaction>(
  library: Library<Transaction>,
  promises: (service: () => Service<Transaction>) => void,
): void {
  describe(`the barrier through ${library.name} at SERIALIZABLE`, () =>
    promises(serviceFor(library, { isolation: 'serializable' })))
}

/** What holds at every isolation. */
function each<Transaction>(service: () => Service<Transaction>): void {
  describe('a call', () => aCall(service))
  describe('its result', () => itsResult(service))
  describe('its transaction', () => itsTransaction(service))
  describe('an operation', () => undos(service))
  describe('an undo', () => anUndo(service))
  describe('a branch', () => ends(service))
  describe('a refusal', () => aRefusal(service))
  describe('a call that goes on', () => aCallThatGoesOn(service))
  describe('a completion that comes before its call', () => aCompletionWithoutItsCall(service))
  schedules(service)
}

function serviceFor<Transaction>(
  library: Library<Transaction>,
  options: SqlBarrierOptions,
): () => Service<Transaction> {
  let service: Service<Transaction>
  beforeAll(async () => {
    service = await startService(library, options)
    // The strictest default there is: the barrier must not go by it.
    if (library.dialect === 'postgres') {
      const [row] = await service.database.run('SELECT current_database() AS name')
      await service.database.run(
        `ALTER DATABASE ${row?.name} SET default_transaction_isolation = 'serializable'`,
      )
    }
    // The first call makes the table.
    await service.one.call('action', 'first')
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())
  return () => service
}

function schedules<Transaction>(service: () => Service<Transaction>): void {
  const schedulable = {
    happen: (happening: Happening, call: Call) => happen(service(), happening, call),
    effects: () => service().effects(),
  }
  for (const order of ['one after another', 'all at once'] as const) {
    it(`leaves nothing of what was undone, whatever happens to a branch, ${order}`, () =>
      undoIsFinal(schedulable, order, SCHEDULES))

    it(`ends a branch once, whatever happens to it, ${order}`, () => endIsOne(schedulable, order, SCHEDULES))
  }
}

function happen<Transaction>(
  { one, other }: Service<Transaction>,
  { process, op, behaviour }: Happening,
  call: Call,
): Promise<Answer> {
  const { barrier, leave } = process === 0 ? one : other
  const line = async (transaction: Transaction) => void (await leave(transaction, `${call.branchId} ${op}`))
  if (behaviour === 'completed') return barrier.complete(call, { outcome: 'done', result: op }, line)
  if (behaviour === 'completed as refused') {
    return barrier.complete(call, { outcome: 'refused', refusal: { code: 'NO' } })
  }
  return barrier.run(call, async (transaction) => {
    if (behaviour === 'ongoing') return ongoing()
    await line(transaction)
    if (behaviour === 'slow') await new Promise((resolve) => setImmediate(resolve))
    if (behaviour === 'refused') throw new Refused('NO')
    if (behaviour === 'failing') throw new Error('failing')
    return op
  })
}
