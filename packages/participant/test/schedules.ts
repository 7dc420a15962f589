import fc from 'fast-check'
import { expect } from 'vitest'
import { type BarrierOperation, type Call, originOf } from '../src/barrier/call.ts'
import type { Answer } from '../src/barrier/decision.ts'

const BEHAVIOURS = [
  'done',
  'refused',
  'failing',
  'ongoing',
  'slow',
  'completed',
  'completed as refused',
] as const

/** What becomes of a call, or that it is completed. */
export type Behaviour = (typeof BEHAVIOURS)[number]

/** One thing that happens to a branch: a call that reaches one of two processes, or the completion of one. */
export interface Happening {
  process: 0 | 1
  op: BarrierOperation
  behaviour: Behaviour
}

/** A service of two processes, each with its barrier. */
export interface Schedulable {
  /** Makes a call or completes one, leaving the line `BRANCH OPERATION` where that takes effect. */
  happen(happening: Happening, call: Call): Promise<Answer>
  /** Every line that was left and kept, in order. */
  effects(): Promise<readonly string[]>
}

export type Order = 'one after another' | 'all at once'

type Told = { happening: Happening; answer: Answer | 'failed' }

/** Asks chance for plans over these operations, and `promise` of each branch that they have happened to. */
async function eachPlan(
  service: Schedulable,
  { order, runs, operations }: { order: Order; runs: number; operations: readonly BarrierOperation[] },
  promise: (branch: Branch, plan: readonly Happening[]) => Promise<void>,
): Promise<void> {
  const happenings = fc.array(
    fc.record<Happening>({
      process: fc.constantFrom(0, 1),
      op: fc.constantFrom(...operations),
      behaviour: fc.constantFrom(...BEHAVIOURS),
    }),
    { minLength: 2, maxLength: 10 },
  )
  let number = 0
  await fc.assert(
    fc.asyncProperty(happenings, (plan) => {
      number += 1
      return promise(new Branch(service, order, `${operations[0]}-${number}`), plan)
    }),
    { numRuns: runs },
  )
}

/** One branch, and what was told of it. */
class Branch {
  readonly told: Told[] = []
  private readonly service: Schedulable
  private readonly order: Order
  private readonly id: string

  constructor(service: Schedulable, order: Order, id: string) {
    this.service = service
    this.order = order
    this.id = id
  }

  async all(plan: readonly Happening[]): Promise<void> {
    if (this.order === 'all at once') {
      await Promise.all(plan.map((happening) => this.happen(happening)))
      return
    }
    for (const happening of plan) await this.happen(happening)
  }

  async happen(happening: Happening): Promise<void> {
    const call = { gid: 'schedule', branchId: this.id, op: happening.op }
    try {
      this.told.push({ happening, answer: await this.service.happen(happening, call) })
    } catch (error) {
      if (error instanceof Error && error.name === 'BarrierUnavailable') throw error
      this.told.push({ happening, answer: 'failed' })
    }
  }

  /** The operations that took effect, in order. */
  async effects(): Promise<BarrierOperation[]> {
    const lines = await this.service.effects()
    return lines.flatMap((line) => {
      const [id, op] = line.split(' ')
      return id === this.id ? [op as BarrierOperation] : []
    })
  }

  answersOf(op: BarrierOperation): Answer[] {
    return this.told.flatMap(({ happening, answer }) =>
      happening.op === op && answer !== 'failed' ? [answer] : [],
    )
  }

  isTold(op: BarrierOperation, outcome: Answer['outcome']): boolean {
    return this.answersOf(op).some((answer) => answer.outcome === outcome)
  }

  /** Whether what was told can all be true together with what took effect, which is answered. */
  async mustAgree(origin: BarrierOperation, ends: readonly BarrierOperation[]): Promise<BarrierOperation[]> {
    const kept = await this.effects()
    expect(new Set(kept).size, 'nothing takes effect twice').toBe(kept.length)
    expect(ends.filter((end) => kept.includes(end)).length, 'a branch ends once').toBeLessThanOrEqual(1)
    for (const undo of ends.filter((end) => originOf(end) !== undefined && kept.includes(end))) {
      expect(kept, 'an undo undoes what was there').toEqual([origin, undo])
    }
    if (this.isTold(origin, 'done')) expect(kept).toContain(origin)
    const final = this.answersOf(origin).map(({ outcome }) => outcome)
    expect(
      new Set(final.filter((outcome) => outcome !== 'ongoing')).size,
      'one final answer to every repeat',
    ).toBeLessThanOrEqual(1)
    for (const end of ends) {
      const executed = this.answersOf(end).filter((answer) => answer.case === 'executed')
      expect(executed).toHaveLength(kept.includes(end) ? 1 : 0)
    }
    return kept
  }
}

/** An undo that was answered done leaves nothing behind, then and ever after. */
export async function undoIsFinal(service: Schedulable, order: Order, runs: number): Promise<void> {
  const operations = ['action', 'compensate'] as const
  await eachPlan(service, { order, runs, operations }, async (branch, plan) => {
    await branch.all(plan)
    const kept = await branch.mustAgree('action', ['compensate'])
    if (!branch.isTold('compensate', 'done')) return
    expect([[], ['action', 'compensate']]).toContainEqual(kept)
    await branch.happen({ process: 0, op: 'action', behaviour: 'done' })
    expect(await branch.effects(), JSON.stringify(branch.told)).toEqual(kept)
  })
}

/** A branch is confirmed or cancelled or neither, and never both. */
export async function endIsOne(service: Schedulable, order: Order, runs: number): Promise<void> {
  const operations = ['try', 'confirm', 'cancel'] as const
  await eachPlan(service, { order, runs, operations }, async (branch, plan) => {
    await branch.all(plan)
    await branch.mustAgree('try', ['confirm', 'cancel'])
    expect(branch.isTold('confirm', 'done') && branch.isTold('cancel', 'done')).toBe(false)
  })
}
