import type { BranchRequest } from '@assent/contract'
import type { CallAnswer, Observation, Store, Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'
import type { CoordinatorSettings } from '../settings.ts'

const DONE: CallAnswer = { kind: 'answered', outcome: 'done' }
const UNKNOWN: CallAnswer = { kind: 'answered', outcome: 'unknown' }
const branches: BranchRequest[] = [{ branchId: 'a', action: 'test:a', compensate: 'test:a/undo' }]
/** As a call that is under way until its process ends. */
const never = () => new Promise<CallAnswer>(() => {})
/** Asked again much later than any test takes. */
const SELDOM = { retryIntervalMs: 60_000, retryMaxIntervalMs: 60_000, timeoutToFailMs: 600_000 }

const open: Coordinator[] = []
afterEach(async () => {
  for (const coordinator of open.splice(0)) await coordinator.close()
})

async function coordinatorOn(
  store: Store,
  answer: (op: string) => CallAnswer | Promise<CallAnswer>,
  settings: Partial<CoordinatorSettings> = {},
) {
  const seen: Observation[] = []
  const calls: string[] = []
  const transport: Transport = {
    schemes: ['test:'],
    async call({ gid, op }) {
      calls.push(`${gid} ${op}`)
      return answer(op)
    },
    close: async () => {},
  }
  const coordinator = createCoordinator({
    store,
    transports: [transport],
    observer: { observe: (observation) => seen.push(observation) },
    settings: {
      leaseMs: 600_000,
      claimIntervalMs: 50,
      auditIntervalMs: 100,
      parkAfterMs: 600_000,
      stopGraceMs: 10,
      ...settings,
    },
  })
  await coordinator.open()
  open.push(coordinator)
  const count = (kind: Observation['kind']) => seen.filter((observation) => observation.kind === kind).length
  return { coordinator, calls, count }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the audit', () => {
  it('takes up what is owned and was not driven for two looks, as if it had been claimed', async () => {
    const store = memory()
    const { coordinator, calls, count } = await coordinatorOn(store, (op) =>
      op === 'action' ? { kind: 'answered', outcome: 'refused' } : DONE,
    )
    const other = await coordinatorOn(store, never)
    await other.coordinator.run({ gid: 'order-1', branches, options: SELDOM })
    await expect.poll(() => other.calls.length).toBe(1)
    // As a write of the first one's would leave it that landed long after everybody had given it up.
    const [row] = await store.read(['order-1'])
    const owner = coordinator.state().incarnation
    await store.write([{ ...row!, expect: row!.version, owner, writeId: 'late' }])
    await expect.poll(() => calls, { timeout: 2_000 }).toEqual(['order-1 action', 'order-1 compensate'])
    expect(count('left-undriven')).toBe(1)
    expect((await coordinator.get({ gid: 'order-1', waitMs: 2_000 })).status).toBe('ABORTED')
  })

  it('leaves alone what is driven, and whatever is under way for longer than it takes to look', async () => {
    const inner = memory()
    const slow: Store = {
      ...inner,
      async write(batch) {
        const answers = await inner.write(batch)
        await pause(500)
        return answers
      },
      async claim(claim) {
        const rows = await inner.claim(claim)
        if (rows.length > 0) await pause(500)
        return rows
      },
    }
    const first = await coordinatorOn(inner, never)
    await first.coordinator.run({ gid: 'order-1', branches, options: SELDOM })
    open.splice(0)
    await first.coordinator.close()
    const { coordinator, count } = await coordinatorOn(slow, () => DONE)
    const ran = coordinator.run({ branches, waitMs: 5_000 })
    const own = coordinator.run({ gid: 'order-2', branches, waitMs: 5_000 })
    expect((await ran).status).toBe('COMMITTED')
    expect((await own).status).toBe('COMMITTED')
    expect((await coordinator.get({ gid: 'order-1', waitMs: 5_000 })).status).toBe('COMMITTED')
    expect(count('left-undriven')).toBe(0)
    expect(count('ownership-lost')).toBe(0)
  })

  it('finds what a claim gave whose answer got lost, soon, and nothing else is dropped for it', async () => {
    const inner = memory()
    let isLost = false
    const losing: Store = {
      ...inner,
      async claim(claim) {
        const rows = await inner.claim(claim)
        if (rows.length === 0 || isLost) return rows
        isLost = true
        throw new Error('connection lost')
      },
    }
    const { coordinator, calls, count } = await coordinatorOn(losing, () => UNKNOWN, {
      auditIntervalMs: 600_000,
    })
    await coordinator.run({ gid: 'driven', branches, options: SELDOM })
    const { incarnation } = coordinator.state()
    const other = await coordinatorOn(inner, never)
    await other.coordinator.run({ gid: 'orphan', branches, options: SELDOM })
    await expect.poll(() => other.calls.length).toBe(1)
    open.pop()
    await other.coordinator.close()
    await expect.poll(() => calls, { timeout: 2_000 }).toEqual(['driven action', 'orphan action'])
    expect(isLost).toBe(true)
    expect(coordinator.state()).toMatchObject({ incarnation, driving: 2 })
    expect(count('left-undriven')).toBe(1)
  })

  it('drops what another coordinator has taken over, without a call or a write to find it out by', async () => {
    const store = memory()
    const { coordinator, calls, count } = await coordinatorOn(store, () => UNKNOWN)
    await coordinator.run({ gid: 'order-1', branches, options: SELDOM })
    await expect.poll(() => calls.length).toBe(1)
    await pause(200)
    const other = await coordinatorOn(store, () => DONE)
    await other.coordinator.abort({ gid: 'order-1', waitMs: 2_000 })
    await expect.poll(() => coordinator.state().driving, { timeout: 2_000 }).toBe(0)
    expect(count('ownership-lost')).toBe(1)
    expect(calls).toEqual(['order-1 action'])
  })
})

/** A store that can fall back to what it held before, as only a weakly configured one may. */
function forgetful() {
  let inner = memory()
  const names = Object.keys(inner) as (keyof Store)[]
  const methods = names.map((name) => {
    const isMethod = typeof inner[name] === 'function'
    return [
      name,
      isMethod ? (...args: never[]) => (inner[name] as (...all: never[]) => unknown)(...args) : inner[name],
    ]
  })
  return {
    store: Object.fromEntries(methods) as unknown as Store,
    /** Holds only this row, as its first version, and who lives. */
    async forget(gid: string, incarnation: string): Promise<void> {
      const [row] = await inner.read([gid])
      inner = memory()
      await inner.register(incarnation, 600_000)
      await inner.write([{ ...row!, expect: 0 }])
    },
  }
}

describe('a row that is older than what was acknowledged, and still its owner’s', () => {
  it('is written again as it was, and raises attention', async () => {
    const { store, forget } = forgetful()
    const { coordinator, count, calls } = await coordinatorOn(store, () => UNKNOWN)
    await coordinator.run({ gid: 'order-1', branches, options: SELDOM })
    await expect.poll(() => calls.length).toBe(1)
    await pause(300)
    const before = await coordinator.get({ gid: 'order-1' })
    expect((await store.read(['order-1']))[0]?.version).toBe(2)
    await forget('order-1', coordinator.state().incarnation)
    await expect.poll(() => count('row-went-back'), { timeout: 2_000 }).toBe(1)
    await expect.poll(async () => (await store.read(['order-1']))[0]?.version).toBe(2)
    const after = await coordinator.get({ gid: 'order-1' })
    expect(after.attention).toMatchObject({ reason: 'ROW_WENT_BACK' })
    expect(after.branches).toEqual(before.branches)
    expect(coordinator.state().driving).toBe(1)
  })
})
