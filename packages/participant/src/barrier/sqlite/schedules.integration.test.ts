import type { DatabaseSync } from 'node:sqlite'
import { ongoing, Refused } from '@assent/contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Accounts, apply, effects } from '../../../test/accounts.ts'
import { type BarrierOperation, originOf } from '../call.ts'
import type { Answer } from '../decision.ts'
import { sqliteBarrier } from './barrier.ts'

/** One thing that happens to a branch: a call that reaches one of two processes, or the completion of one. */
interface Happening {
  process: 0 | 1
  op: BarrierOperation
  behaviour: 'done' | 'refused' | 'failing' | 'ongoing' | 'slow' | 'completed' | 'completed as refused'
}

const happenings = (operations: readonly BarrierOperation[]) =>
  fc.array(
    fc.record<Happening>({
      process: fc.constantFrom(0, 1),
      op: fc.constantFrom(...operations),
      behaviour: fc.constantFrom(
        'done',
        'refused',
        'failing',
        'ongoing',
        'slow',
        'completed',
        'completed as refused',
      ),
    }),
    { minLength: 2, maxLength: 10 },
  )

const RUNS = 150

let accounts: Accounts
let databases: readonly [DatabaseSync, DatabaseSync]
let branch = 0
beforeEach(() => {
  accounts = new Accounts()
  databases = [accounts.connect(), accounts.connect()]
  for (const database of databases) database.exec('PRAGMA synchronous = OFF')
})
afterEach(() => accounts.close())

type Told = { happening: Happening; answer: Answer | 'failed' }

async function happen(happening: Happening, branchId: string): Promise<Told> {
  const { process, op, behaviour } = happening
  const barrier = sqliteBarrier(databases[process], { busy: { attemptsMax: 100, longestWaitMs: 4 } })
  const call = { gid: 'schedule', branchId, op }
  const leave = (database: DatabaseSync) => apply(database, `${branchId} ${op}`)
  const business = async (database: DatabaseSync) => {
    if (behaviour === 'ongoing') return ongoing()
    leave(database)
    if (behaviour === 'slow') await new Promise((resolve) => setImmediate(resolve))
    if (behaviour === 'refused') throw new Refused('NO')
    if (behaviour === 'failing') throw new Error('failing')
    return op
  }
  const refused = { outcome: 'refused', refusal: { code: 'NO' } } as const
  try {
    if (behaviour === 'completed as refused')
      return { happening, answer: await barrier.complete(call, refused) }
    if (behaviour === 'completed') {
      return { happening, answer: await barrier.complete(call, { outcome: 'done', result: op }, leave) }
    }
    return { happening, answer: await barrier.run(call, business) }
  } catch (error) {
    if (error instanceof Error && error.name === 'BarrierUnavailable') throw error
    return { happening, answer: 'failed' }
  }
}

function effectsOf(branchId: string): unknown[] {
  return effects(databases[0]).filter((what) => String(what).startsWith(`${branchId} `))
}

/** Whether what was told can all be true together with what took effect. */
function mustAgree(
  told: readonly Told[],
  branchId: string,
  origin: BarrierOperation,
  ends: readonly BarrierOperation[],
) {
  const kept = effectsOf(branchId)
  const position = (op: BarrierOperation) => kept.indexOf(`${branchId} ${op}`)
  expect(new Set(kept).size, 'nothing takes effect twice').toBe(kept.length)
  expect(ends.filter((end) => position(end) >= 0).length, 'a branch ends once').toBeLessThanOrEqual(1)
  for (const undo of ends.filter((end) => originOf(end) !== undefined && position(end) >= 0)) {
    expect(position(origin), 'an undo undoes what was there').toBeGreaterThanOrEqual(0)
    expect(position(undo)).toBeGreaterThan(position(origin))
  }
  const toldOf = (op: BarrierOperation, outcome: string) =>
    told.some(
      ({ happening, answer }) => happening.op === op && answer !== 'failed' && answer.outcome === outcome,
    )
  if (toldOf(origin, 'done')) expect(kept).toContain(`${branchId} ${origin}`)
  const originAnswers = told.flatMap(({ happening, answer }) =>
    happening.op === origin && answer !== 'failed' && answer.outcome !== 'ongoing' ? [answer.outcome] : [],
  )
  expect(new Set(originAnswers).size, 'one final answer to every repeat').toBeLessThanOrEqual(1)
  for (const end of ends) {
    const executed = told.filter(
      ({ happening, answer }) => happening.op === end && isCase(answer, 'executed'),
    )
    expect(executed.length).toBeLessThanOrEqual(1)
    expect(kept.includes(`${branchId} ${end}`)).toBe(executed.length === 1)
  }
  return { kept, toldOf }
}

function isCase(answer: Told['answer'], which: Answer['case']): boolean {
  return answer !== 'failed' && answer.case === which
}

describe.each(['one after another', 'all at once'] as const)('whatever happens to a branch, %s', (order) => {
  async function all(plan: readonly Happening[], branchId: string): Promise<Told[]> {
    if (order === 'all at once') return Promise.all(plan.map((happening) => happen(happening, branchId)))
    const told: Told[] = []
    for (const happening of plan) told.push(await happen(happening, branchId))
    return told
  }

  it('an undo that was answered done leaves nothing behind, then and ever after', async () => {
    await fc.assert(
      fc.asyncProperty(happenings(['action', 'compensate']), async (plan) => {
        branch += 1
        const branchId = `saga-${branch}`
        const told = await all(plan, branchId)
        const { kept, toldOf } = mustAgree(told, branchId, 'action', ['compensate'])
        if (toldOf('compensate', 'done')) expect(kept.length === 0 || kept.length === 2).toBe(true)
        const late = await happen({ process: 0, op: 'action', behaviour: 'done' }, branchId)
        if (toldOf('compensate', 'done')) expect(effectsOf(branchId), JSON.stringify(late)).toEqual(kept)
      }),
      { numRuns: RUNS },
    )
  })

  it('it is confirmed or cancelled or neither, and never both', async () => {
    await fc.assert(
      fc.asyncProperty(happenings(['try', 'confirm', 'cancel']), async (plan) => {
        branch += 1
        const branchId = `tcc-${branch}`
        const told = await all(plan, branchId)
        const { toldOf } = mustAgree(told, branchId, 'try', ['confirm', 'cancel'])
        expect(toldOf('confirm', 'done') && toldOf('cancel', 'done')).toBe(false)
      }),
      { numRuns: RUNS },
    )
  })
})
