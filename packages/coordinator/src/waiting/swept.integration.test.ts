import { type Store, StoreUnavailable } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'

let store: Store
let driving: Coordinator
/** Does not hear from the store for a while, in which the transaction ends. */
let waiting: Coordinator
let isCutOff: boolean

beforeEach(async () => {
  store = memory()
  isCutOff = false
  const cutOff = new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name)
      if (name !== 'read' || typeof method !== 'function') return method?.bind?.(target) ?? method
      return (...given: unknown[]) =>
        isCutOff ? Promise.reject(new StoreUnavailable('away')) : method.apply(target, given)
    },
  })
  driving = createCoordinator({ store, transports: [] })
  waiting = createCoordinator({ store: cutOff, transports: [] })
  await driving.open()
  await waiting.open()
})

afterEach(async () => {
  await waiting.close()
  await driving.close()
})

async function endAndSweep(gid: string): Promise<void> {
  isCutOff = true
  await driving.abort({ gid })
  await store.sweep({ endedBefore: Number.MAX_SAFE_INTEGER, tombstonesBefore: 0, limit: 10 })
  isCutOff = false
}

describe('who waits at a coordinator that missed the end of a transaction, which is swept', () => {
  it('is told at the end of its stream how it ended', async () => {
    const { gid } = await driving.start({})
    const states = waiting.events({ gid })[Symbol.asyncIterator]()
    expect((await states.next()).value).toMatchObject({ transaction: { status: 'PREPARED' } })
    const next = states.next()
    await endAndSweep(gid)
    await expect(next).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
      details: { status: 'ABORTED' },
    })
  })

  it('is told so at once, and not when its time is up', async () => {
    const { gid } = await driving.start({})
    const got = waiting.get({ gid, waitMs: 60_000 })
    got.catch(() => {})
    await endAndSweep(gid)
    await expect(got).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND', details: { status: 'ABORTED' } })
  })
})
