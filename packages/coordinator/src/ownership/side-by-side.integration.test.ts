import type { BranchRequest } from '@assent/contract'
import type { CallAnswer, Observation, Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'

const TRANSACTIONS = 2_000
const AT_ONCE = 64

const DONE: CallAnswer = { kind: 'answered', outcome: 'done' }
const REFUSED: CallAnswer = { kind: 'answered', outcome: 'refused' }

/** What an application does, each request at whichever coordinator a load balancer picks. */
type Work = (pick: () => Coordinator, index: number) => Promise<string>

const branch = (branchId: string): BranchRequest => ({
  branchId,
  action: `test:${branchId}`,
  compensate: `test:${branchId}/undo`,
  confirm: `test:${branchId}/confirm`,
  cancel: `test:${branchId}/cancel`,
})

const WORKS: Record<string, Work> = {
  'sagas that are awaited where they were asked for': async (pick, index) => {
    const { confirm: _, cancel: __, ...a } = branch(index % 10 === 0 ? 'refused' : 'a')
    const { confirm: ___, cancel: ____, ...b } = branch('b')
    return (await pick().run({ branches: [a, b], waitMs: 30_000 })).status
  },
  'transactions that are built step by step, and awaited elsewhere': async (pick) => {
    const { gid } = await pick().start({ mode: 'tcc' })
    for (const branchId of ['a', 'b']) {
      const { compensate: _, ...tcc } = branch(branchId)
      await pick().tryBranch({ gid, branch: tcc })
    }
    await pick().submit({ gid })
    return (await pick().get({ gid, waitMs: 30_000 })).status
  },
}

/** Rows written and conflicts met by so many coordinators together. */
async function measured(work: Work, coordinators: number): Promise<{ rows: number; conflicts: number }> {
  const store = memory()
  let rows = 0
  let conflicts = 0
  const observe = (seen: Observation): void => {
    if (seen.kind !== 'commit') return
    rows += seen.rows
    conflicts += seen.conflicts
  }
  const transport: Transport = {
    schemes: ['test:'],
    async call({ url }) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      return url === 'test:refused' ? REFUSED : DONE
    },
    close: async () => {},
  }
  const open: Coordinator[] = []
  for (let count = 0; count < coordinators; count++) {
    const coordinator = createCoordinator({ store, transports: [transport], observer: { observe } })
    await coordinator.open()
    open.push(coordinator)
  }
  let next = 0
  let picks = 0
  // Neighbours in time go to different ones, as behind a load balancer that goes round.
  const pick = (): Coordinator => open[picks++ % open.length] as Coordinator
  const statuses = new Set<string>()
  const one = async (): Promise<void> => {
    while (next < TRANSACTIONS) statuses.add(await work(pick, next++))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  for (const coordinator of open) await coordinator.close()
  expect([...statuses].every((status) => status === 'COMMITTED' || status === 'ABORTED')).toBe(true)
  return { rows, conflicts }
}

describe('two coordinators on one store', () => {
  it.each(Object.entries(WORKS))(
    'write hardly more than one, and hardly ever in vain: %s',
    async (_, work) => {
      const alone = await measured(work, 1)
      const together = await measured(work, 2)
      expect(alone.conflicts).toBe(0)
      expect(together.conflicts / together.rows).toBeLessThan(0.01)
      expect(together.rows / alone.rows).toBeLessThan(1.1)
    },
    60_000,
  )
})
