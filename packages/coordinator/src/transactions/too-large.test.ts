import type { BranchRequest } from '@assent/contract'
import type { Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { expect, it } from 'vitest'
import { createCoordinator } from '../coordinator.ts'

it('refuses a branch with which its transaction would be too large, and goes on without it', async () => {
  const called: string[] = []
  const transport: Transport = {
    schemes: ['test:'],
    async call({ branchId }) {
      called.push(branchId ?? '')
      return { kind: 'answered', outcome: 'done' }
    },
    close: async () => {},
  }
  const store = memory()
  const coordinator = createCoordinator({ store, transports: [transport] })
  await coordinator.open()
  const large = (branchId: string): BranchRequest => ({
    branchId,
    action: `test:${branchId}`,
    payload: 'x'.repeat(900_000),
  })
  const tooLarge = { code: 'PAYLOAD_TOO_LARGE', details: { max_bytes: 2_097_152 } }
  const branches = ['a', 'b', 'c'].map(large)
  await expect(coordinator.run({ gid: 'at-once', branches })).rejects.toMatchObject(tooLarge)
  expect(await store.read(['at-once'])).toEqual([undefined])

  const { gid } = await coordinator.start({ gid: 'one-by-one' })
  await coordinator.addBranch({ gid, branch: large('a') })
  await coordinator.addBranch({ gid, branch: large('b') })
  await expect(coordinator.addBranch({ gid, branch: large('c') })).rejects.toMatchObject(tooLarge)
  await expect(coordinator.tryBranch({ gid, branch: large('d') })).rejects.toMatchObject(tooLarge)
  expect((await coordinator.addBranch({ gid, branch: large('b') })).repeated).toBe(true)
  expect((await coordinator.submit({ gid, waitMs: 5_000 })).status).toBe('COMMITTED')
  expect(called.sort()).toEqual(['a', 'b'])
  await coordinator.close()
})
