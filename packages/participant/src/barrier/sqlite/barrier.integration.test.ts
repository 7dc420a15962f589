import { setTimeout as sleep } from 'node:timers/promises'
import { ANSWER_MAX_BYTES, ongoing, Refused } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Accounts, apply, callOf, effects, gate } from '../../../test/accounts.ts'
import type { BarrierOperation } from '../call.ts'
import type { Answer } from '../decision.ts'
import { sqliteBarrier } from './barrier.ts'
import { barrierTable } from './table.ts'

let accounts: Accounts
beforeEach(() => {
  accounts = new Accounts()
})
afterEach(() => accounts.close())

function service() {
  const database = accounts.connect()
  const barrier = sqliteBarrier(database)
  return {
    database,
    barrier,
    /** Makes a call whose business leaves its operation as its line, and results in it. */
    call: (op: BarrierOperation, branchId?: string): Promise<Answer> =>
      barrier.run(callOf(op, branchId), (connection) => {
        apply(connection, op)
        return { did: op }
      }),
    effects: () => effects(database),
    rows: () => database.prepare('SELECT op, place, state FROM assent_barrier ORDER BY op').all(),
  }
}

const UNDOS = [
  ['action', 'compensate'],
  ['try', 'cancel'],
  ['prepare', 'rollback'],
] as const

describe('a call', () => {
  it('takes effect together with its answer', async () => {
    const { call, effects, rows } = service()
    expect(await call('action')).toEqual({ case: 'executed', outcome: 'done', result: { did: 'action' } })
    expect(effects()).toEqual(['action'])
    expect(rows()).toEqual([{ op: 'action', place: 'origin', state: 'done' }])
  })

  it('takes effect once however often it is repeated, and every repeat is told its result', async () => {
    const { call, effects } = service()
    await call('action')
    for (let repeat = 0; repeat < 3; repeat += 1) {
      expect(await call('action')).toEqual({ case: 'duplicate', outcome: 'done', result: { did: 'action' } })
    }
    expect(effects()).toEqual(['action'])
  })

  it('takes effect once when a hundred of it come at the same time', async () => {
    const { call, effects } = service()
    const answers = await Promise.all(Array.from({ length: 100 }, () => call('try')))
    expect(answers.filter((answer) => answer.case === 'executed')).toHaveLength(1)
    expect(answers.filter((answer) => answer.case === 'duplicate')).toHaveLength(99)
    expect(effects()).toEqual(['try'])
  })

  it('takes effect once when two processes get it at the same time', async () => {
    const [one, other] = [service(), service()]
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? one : other).call('action')),
    )
    expect(answers.filter((answer) => answer.case === 'executed')).toHaveLength(1)
    expect(one.effects()).toEqual(['action'])
  })

  it('leaves nothing when its business fails, and is run again when repeated', async () => {
    const { barrier, call, effects, rows } = service()
    const failing = barrier.run(callOf('action'), (database) => {
      apply(database, 'half')
      throw new Error('disk on fire')
    })
    await expect(failing).rejects.toThrow('disk on fire')
    expect([effects(), rows()]).toEqual([[], []])
    expect(await call('action')).toMatchObject({ case: 'executed' })
    expect(effects()).toEqual(['action'])
  })

  it('is of its own branch and transaction only', async () => {
    const { barrier, call, effects } = service()
    await call('action', '01')
    expect(await call('action', '02')).toMatchObject({ case: 'executed' })
    expect(await barrier.run(callOf('action', '01', 'transfer-2'), () => 'other')).toMatchObject({
      case: 'executed',
    })
    expect(await call('compensate', '02')).toMatchObject({ case: 'executed' })
    expect(effects()).toEqual(['action', 'action', 'compensate'])
  })

  it('whose result is longer than a caller reads leaves nothing', async () => {
    const { barrier, effects } = service()
    const long = barrier.run(callOf('action'), (database) => {
      apply(database, 'long')
      return 'x'.repeat(ANSWER_MAX_BYTES)
    })
    await expect(long).rejects.toThrow(RangeError)
    expect(effects()).toEqual([])
  })

  it('whose business ends the transaction itself is told so', async () => {
    const { barrier } = service()
    const ending = barrier.run(callOf('action'), (database) => database.exec('COMMIT') as undefined)
    await expect(ending).rejects.toThrow('left to the barrier')
  })
})

describe.each(UNDOS)('%s and its undo, %s', (origin, undo) => {
  it('both take effect in this order', async () => {
    const { call, effects } = service()
    await call(origin)
    expect(await call(undo)).toEqual({ case: 'executed', outcome: 'done', result: { did: undo } })
    expect(await call(undo)).toEqual({ case: 'duplicate', outcome: 'done', result: { did: undo } })
    expect(effects()).toEqual([origin, undo])
  })

  it('do nothing at all when the undo comes first and the origin late', async () => {
    const { call, effects, rows } = service()
    expect(await call(undo)).toEqual({ case: 'empty', outcome: 'done' })
    expect(await call(origin)).toMatchObject({ case: 'late', outcome: 'refused' })
    expect(await call(undo)).toEqual({ case: 'duplicate', outcome: 'done' })
    expect(await call(origin)).toMatchObject({ case: 'late', outcome: 'refused' })
    expect(effects()).toEqual([])
    expect(rows()).toContainEqual({ op: origin, place: 'origin', state: 'planted' })
  })

  it('do nothing when they come at the same time, or both take effect', async () => {
    const { call, effects } = service()
    for (let round = 0; round < 10; round += 1) {
      const branch = `at-once-${round}`
      const calls = round % 2 === 0 ? [origin, undo, origin, undo] : [undo, origin, undo, origin]
      await Promise.all(calls.map((op) => call(op as typeof origin, branch)))
    }
    expect(effects()).toEqual(Array.from({ length: 5 }, () => [origin, undo]).flat())
  })

  it('do nothing when the origin was refused, and the origin stays refused', async () => {
    const { barrier, call, effects } = service()
    await barrier.run(callOf(origin), () => {
      throw new Refused('CLOSED')
    })
    expect(await call(undo)).toEqual({ case: 'empty', outcome: 'done' })
    expect(await call(origin)).toMatchObject({
      case: 'duplicate',
      outcome: 'refused',
      refusal: { code: 'CLOSED' },
    })
    expect(effects()).toEqual([])
  })

  it('wait for one another while the origin goes on, and then both take effect', async () => {
    const { barrier, call, effects, rows } = service()
    await barrier.run(callOf(origin), () => ongoing())
    expect(await call(undo)).toEqual({ case: 'ongoing', outcome: 'ongoing' })
    expect(rows()).toEqual([{ op: origin, place: 'origin', state: 'ongoing' }])
    await barrier.complete(callOf(origin), { outcome: 'done' }, (database) => apply(database, origin))
    expect(await call(undo)).toMatchObject({ case: 'executed' })
    expect(effects()).toEqual([origin, undo])
  })

  it('wait for one another while the origin goes on, and do nothing when it was refused then', async () => {
    const { barrier, call, effects } = service()
    await barrier.run(callOf(origin), () => ongoing())
    expect(await call(undo)).toEqual({ case: 'ongoing', outcome: 'ongoing' })
    await barrier.complete(callOf(origin), { outcome: 'refused', refusal: { code: 'NO_SEAT' } })
    expect(await call(undo)).toEqual({ case: 'empty', outcome: 'done' })
    expect(effects()).toEqual([])
  })

  it('wait for one another while another process is in the midst of the origin', async () => {
    const [slow, other] = [service(), service()]
    const { passed, open } = gate()
    const going = slow.barrier.run(callOf(origin), async (database) => {
      apply(database, origin)
      await passed
    })
    const undone = other.call(undo)
    await sleep(20)
    open()
    expect(await going).toMatchObject({ case: 'executed' })
    expect(await undone).toMatchObject({ case: 'executed' })
    expect(other.effects()).toEqual([origin, undo])
  })

  it('do nothing when the process in the midst of the origin fails', async () => {
    const [slow, other] = [service(), service()]
    const { passed, open } = gate()
    const going = slow.barrier.run(callOf(origin), async (database) => {
      apply(database, origin)
      await passed
      throw new Error('gone')
    })
    const undone = other.call(undo)
    await sleep(20)
    open()
    await expect(going).rejects.toThrow('gone')
    expect(await undone).toEqual({ case: 'empty', outcome: 'done' })
    expect(await slow.call(origin)).toMatchObject({ case: 'late' })
    expect(other.effects()).toEqual([])
  })
})

describe('operations that exclude each other', () => {
  it.each([
    ['try', 'confirm', 'cancel'],
    ['try', 'cancel', 'confirm'],
    ['prepare', 'commit', 'rollback'],
    ['prepare', 'rollback', 'commit'],
  ] as const)('after %s and %s a %s is refused, and does nothing', async (origin, first, second) => {
    const { call, effects } = service()
    await call(origin)
    await call(first)
    expect(await call(second)).toMatchObject({ case: 'conflict', outcome: 'refused' })
    expect(await call(first)).toMatchObject({ case: 'duplicate', outcome: 'done' })
    expect(effects()).toEqual([origin, first])
  })

  it('refuse a confirm even after a cancel of nothing', async () => {
    const { call, effects } = service()
    await call('cancel')
    expect(await call('confirm')).toMatchObject({ case: 'conflict', outcome: 'refused' })
    expect(effects()).toEqual([])
  })
})

describe('a refusal', () => {
  const refuse = (code: string) => (database: Parameters<typeof apply>[0]) => {
    apply(database, 'before the refusal')
    throw new Refused(code, 'has 3, needs 30', { cents: 3 })
  }
  const refusal = { code: 'NO_FUNDS', message: 'has 3, needs 30', details: { cents: 3 } }

  it('undoes what the business did, and is given to every repeat although it could be done by then', async () => {
    const { barrier, call, effects } = service()
    expect(await barrier.run(callOf('action'), refuse('NO_FUNDS'))).toEqual({
      case: 'refused',
      outcome: 'refused',
      refusal,
    })
    expect(await call('action')).toEqual({ case: 'duplicate', outcome: 'refused', refusal })
    expect(effects()).toEqual([])
  })

  it('gives way to the answer that another process kept in the meantime', async () => {
    const other = service()
    const { database, effects } = service()
    const interrupted = afterRollback(database, () => other.call('action'))
    const answer = await sqliteBarrier(interrupted).run(callOf('action'), refuse('NO_FUNDS'))
    expect(answer).toEqual({ case: 'duplicate', outcome: 'done', result: { did: 'action' } })
    expect(effects()).toEqual(['action'])
  })

  it('gives way to an undo that came in the meantime', async () => {
    const other = service()
    const { database, effects } = service()
    const interrupted = afterRollback(database, () => other.call('compensate'))
    const answer = await sqliteBarrier(interrupted).run(callOf('action'), refuse('NO_FUNDS'))
    expect(answer).toMatchObject({ case: 'late', outcome: 'refused' })
    expect(await other.call('compensate')).toEqual({ case: 'duplicate', outcome: 'done' })
    expect(effects()).toEqual([])
  })

  it.each(['compensate', 'cancel', 'rollback'] as const)(
    'of a %s is not kept, for it must finish',
    async (undo) => {
      const { barrier, call, effects } = service()
      const origin = UNDOS.find((pair) => pair[1] === undo)![0]
      await call(origin)
      expect(await barrier.run(callOf(undo), refuse('SPENT'))).toMatchObject({ case: 'refused' })
      expect(await call(undo)).toMatchObject({ case: 'executed' })
      expect(effects()).toEqual([origin, undo])
    },
  )

  it("of a message's action is not kept, for it must finish", async () => {
    const { barrier, call } = service()
    expect(await barrier.run({ ...callOf('action'), mode: 'message' }, refuse('FULL'))).toMatchObject({
      case: 'refused',
      refusal: { code: 'FULL' },
    })
    expect(await call('action')).toMatchObject({ case: 'executed' })
  })

  /** The connection, and something that another process gets done just when this one has rolled back. */
  function afterRollback<Database extends object>(
    database: Database,
    meanwhile: () => Promise<unknown>,
  ): Database {
    let interrupted = false
    return new Proxy(database, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return (...values: unknown[]) => {
          const answer = member.apply(target, values)
          if (name !== 'exec' || values[0] !== 'ROLLBACK' || interrupted) return answer
          interrupted = true
          // It is through before it first awaits, and so before this connection goes on.
          void meanwhile()
          return answer
        }
      },
    })
  }
})

describe('a call that goes on', () => {
  it('keeps what its business did so far, and is ongoing until it is completed', async () => {
    const { barrier, call, effects } = service()
    await barrier.run(callOf('try'), (database) => {
      apply(database, 'asked the airline')
      return ongoing({ retryAfterMs: 5_000 })
    })
    expect(await call('try')).toEqual({ case: 'duplicate', outcome: 'ongoing', retryAfterMs: 5_000 })
    const completed = await barrier.complete(callOf('try'), { outcome: 'done', result: '12A' }, (database) =>
      apply(database, 'seat 12A'),
    )
    expect(completed).toEqual({ case: 'executed', outcome: 'done', result: '12A' })
    expect(await call('try')).toEqual({ case: 'duplicate', outcome: 'done', result: '12A' })
    expect(effects()).toEqual(['asked the airline', 'seat 12A'])
  })

  it('is completed once, whoever completes it again', async () => {
    const { barrier, effects } = service()
    await barrier.run(callOf('action'), () => ongoing())
    const complete = (what: string) =>
      barrier.complete(callOf('action'), { outcome: 'done', result: what }, (database) =>
        apply(database, what),
      )
    const answers = await Promise.all([complete('first'), complete('second')])
    expect(answers).toEqual([
      { case: 'executed', outcome: 'done', result: 'first' },
      { case: 'duplicate', outcome: 'done', result: 'first' },
    ])
    const refused = await barrier.complete(callOf('action'), { outcome: 'refused', refusal: { code: 'NO' } })
    expect(refused).toMatchObject({ case: 'duplicate', outcome: 'done' })
    expect(effects()).toEqual(['first'])
  })

  it('stays ongoing when its effect fails', async () => {
    const { barrier, call, effects } = service()
    await barrier.run(callOf('action'), () => ongoing())
    const failing = barrier.complete(callOf('action'), { outcome: 'done' }, async (database) => {
      apply(database, 'half')
      await sleep(1)
      throw new Error('gone')
    })
    await expect(failing).rejects.toThrow('gone')
    expect(await call('action')).toMatchObject({ outcome: 'ongoing' })
    expect(effects()).toEqual([])
  })

  it('is refused when its effect refuses, without the effect', async () => {
    const { barrier, call, effects } = service()
    await barrier.run(callOf('action'), () => ongoing())
    const refused = await barrier.complete(callOf('action'), { outcome: 'done' }, (database) => {
      apply(database, 'half')
      throw new Refused('SOLD_OUT')
    })
    expect(refused).toMatchObject({ case: 'refused', outcome: 'refused', refusal: { code: 'SOLD_OUT' } })
    expect(await call('action')).toMatchObject({ case: 'duplicate', outcome: 'refused' })
    expect(effects()).toEqual([])
  })

  it('can not be completed when its undo has planted it, nor when another operation stands there', async () => {
    const { barrier, call, effects } = service()
    const effect = (database: Parameters<typeof apply>[0]) => apply(database, 'never')
    await call('cancel')
    expect(await barrier.complete(callOf('try'), { outcome: 'done' }, effect)).toMatchObject({ case: 'late' })
    expect(await barrier.complete(callOf('confirm'), { outcome: 'done' }, effect)).toMatchObject({
      case: 'conflict',
    })
    expect(effects()).toEqual([])
  })

  it('can not be completed when it never came', async () => {
    const { barrier } = service()
    await expect(barrier.complete(callOf('action'), { outcome: 'done' })).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
    })
  })

  it('can be an undo, which may not be completed as refused', async () => {
    const { barrier, call, effects } = service()
    await call('action')
    await barrier.run(callOf('compensate'), () => ongoing())
    const refusal = { outcome: 'refused', refusal: { code: 'NO' } } as const
    await expect(barrier.complete(callOf('compensate'), refusal)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    const throwing = await barrier.complete(callOf('compensate'), { outcome: 'done' }, () => {
      throw new Refused('NOT_YET')
    })
    expect(throwing).toMatchObject({ case: 'refused', refusal: { code: 'NOT_YET' } })
    expect(await call('compensate')).toMatchObject({ outcome: 'ongoing' })
    await barrier.complete(callOf('compensate'), { outcome: 'done' }, (database) => apply(database, 'undone'))
    expect(await call('compensate')).toMatchObject({ case: 'duplicate', outcome: 'done' })
    expect(effects()).toEqual(['action', 'undone'])
  })
})

describe('a business function that awaits', () => {
  it('is joined by no other call, and by no other transaction of the service', async () => {
    const { barrier, database } = service()
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} begins`)
      await sleep(5)
      order.push(`${name} ends`)
    }
    await Promise.all([
      barrier.run(callOf('action', '01'), work('first')),
      sqliteBarrier(database).run(callOf('action', '02'), work('second')),
      barrier.transaction(work('own')),
    ])
    expect(order).toEqual(['first', 'second', 'own'].flatMap((name) => [`${name} begins`, `${name} ends`]))
  })

  it('may return any kind of promise', async () => {
    const { barrier, effects } = service()
    const thenable = (database: Parameters<typeof apply>[0]) => ({
      // biome-ignore lint/suspicious/noThenProperty: a query builder's own promise is what is tried here
      then: (resolve: (value: string) => void) => {
        apply(database, 'built')
        setTimeout(() => resolve('rows'), 2)
      },
    })
    expect(await barrier.run(callOf('action'), thenable as never)).toMatchObject({ result: 'rows' })
    expect(effects()).toEqual(['built'])
  })

  it('makes the calls behind it wait for a bounded time and in a bounded number', async () => {
    const database = accounts.connect()
    const barrier = sqliteBarrier(database, { turns: { waitMaxMs: 20, waitingMax: 1 } })
    const { passed, open } = gate()
    const stuck = barrier.run(callOf('action', '01'), async () => passed)
    const waiting = barrier.run(callOf('action', '02'), () => 'late')
    await expect(barrier.run(callOf('action', '03'), () => 'later')).rejects.toThrow('1 calls wait')
    await expect(waiting).rejects.toThrow('for 20 ms')
    open()
    expect(await stuck).toMatchObject({ case: 'executed' })
    expect(await barrier.run(callOf('action', '02'), () => 'in time')).toMatchObject({ result: 'in time' })
  })
})

describe("a transaction of the service's own", () => {
  it('is kept, or rolled back when it throws', async () => {
    const { barrier, effects } = service()
    const opened = (database: Parameters<typeof apply>[0]) => {
      apply(database, 'opened')
      return 7
    }
    expect(await barrier.transaction(opened)).toBe(7)
    const failing = barrier.transaction((database) => {
      apply(database, 'half')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(effects()).toEqual(['opened'])
  })
})

describe('a locked database', () => {
  it('makes a call wait, and start again', async () => {
    const { barrier } = service()
    const other = accounts.connect()
    other.exec('BEGIN IMMEDIATE')
    const waiting = barrier.run(callOf('action'), () => 'done')
    await sleep(30)
    other.exec('COMMIT')
    expect(await waiting).toMatchObject({ case: 'executed' })
  })

  it('that stays locked makes the call unavailable after a bounded number of attempts, with nothing done', async () => {
    const database = accounts.connect()
    const barrier = sqliteBarrier(database, { busy: { attemptsMax: 3, firstWaitMs: 1 } })
    const business = vi.fn(() => 'done')
    const other = accounts.connect()
    other.exec('BEGIN IMMEDIATE')
    await expect(barrier.run(callOf('action'), business)).rejects.toMatchObject({
      name: 'BarrierUnavailable',
      message: 'other transactions stood in the way at each of 3 attempts',
    })
    expect(business).not.toHaveBeenCalled()
    other.exec('COMMIT')
    expect(await barrier.run(callOf('action'), business)).toMatchObject({ case: 'executed' })
  })

  it('at the commit makes the whole call start again, and take effect once', async () => {
    const database = accounts.connect()
    // Without a write-ahead log a commit must wait until nobody reads.
    database.exec('PRAGMA journal_mode = DELETE')
    const barrier = sqliteBarrier(database)
    await barrier.run(callOf('action', '00'), () => 'the table exists')
    const reader = accounts.connect()
    reader.exec('PRAGMA journal_mode = DELETE; BEGIN')
    reader.prepare('SELECT count(*) FROM effects').get()
    let runs = 0
    const waiting = barrier.run(callOf('action'), (connection) => {
      runs += 1
      apply(connection, 'once')
    })
    await sleep(30)
    reader.exec('COMMIT')
    expect(await waiting).toMatchObject({ case: 'executed' })
    expect(runs).toBeGreaterThan(1)
    expect(effects(database)).toEqual(['once'])
  })
})

describe('the table', () => {
  it('is created where it is missing, and may have another name or be there already', async () => {
    const database = accounts.connect()
    database.exec(barrierTable('calls'))
    const barrier = sqliteBarrier(database, { table: 'calls', now: () => 1_000 })
    await barrier.run(callOf('action'), () => null)
    expect(database.prepare('SELECT answer, created_at, touched_at FROM calls').get()).toEqual({
      answer: 'null',
      created_at: 1_000,
      touched_at: 1_000,
    })
    expect(() => sqliteBarrier(database, { table: 'calls; DROP TABLE calls' })).toThrow('no name for a table')
  })
})
