import type { RunRequest, TransactionApi, Waiting } from '@assent/contract'
import { expect, it } from 'vitest'
import { saga } from '../definitions/saga.ts'
import { unchecked } from '../definitions/schema.ts'
import { assentOver, type RunOptions } from './assent.ts'

const order = saga('order', { version: 1, input: unchecked<number>() }).step('reserve', { action: () => {} })

/** How long a coordinator is asked to wait. */
async function waitOf(options?: RunOptions): Promise<number | boolean | undefined> {
  let asked: (RunRequest & Partial<Waiting>) | undefined
  const api = {
    run: async (request: RunRequest) => {
      asked = request
      return { gid: 'g', status: 'COMMITTED', repeated: false, results: {} }
    },
  } as unknown as TransactionApi
  await assentOver(api, { definitions: [order], address: 'local:' }).run(order, 1, options)
  return asked?.waitMs
}

it('run waits 30 s longer than phase one may take, however that was said, or as long as it is told', async () => {
  expect(await waitOf()).toBe(90_000)
  expect(await waitOf({ timeoutMs: 300_000 })).toBe(330_000)
  expect(await waitOf({ options: { timeoutToFailMs: 300_000 } })).toBe(330_000)
  expect(await waitOf({ timeoutMs: 5_000, options: { timeoutToFailMs: 300_000 } })).toBe(35_000)
  expect(await waitOf({ options: { timeoutToFailMs: 300_000 }, waitMs: 10 })).toBe(10)
})
