import type { CallAnswer, Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { expect, it } from 'vitest'
import { createCoordinator } from '../coordinator.ts'

it('answers a command with a status that was written, where things went further before the write', async () => {
  let answer: (answer: CallAnswer) => void = () => {}
  const transport: Transport = {
    schemes: ['test:'],
    call: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
    close: async () => {},
  }
  const coordinator = createCoordinator({ store: memory(), transports: [transport] })
  await coordinator.open()
  const { gid } = await coordinator.run({ branches: [{ branchId: 'a', action: 'test:a' }] })
  const aborted = coordinator.abort({ gid })
  // The call ends before the decision is on its way to the store, and nothing is left to undo.
  answer({ kind: 'answered', outcome: 'done' })
  expect((await aborted).status).toBe('ABORTED')
  await coordinator.close()
})
