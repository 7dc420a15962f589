import { AssentError } from '@assent/contract'
import { type CallAnswer, type Store, StoreUnavailable, type Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'
import type { CoordinatorSettings } from '../settings.ts'

/** A store that can be away, and counts what it is asked meanwhile. */
function leavable(inner: Store) {
  const asked = new Map<string, number>()
  const state = { isAway: false, asked }
  const methods = Object.entries(inner).map(([name, value]) => {
    if (typeof value !== 'function' || name === 'close') return [name, value]
    const ask = async (...args: unknown[]): Promise<unknown> => {
      if (!state.isAway) return value.apply(inner, args)
      asked.set(name, (asked.get(name) ?? 0) + 1)
      throw new StoreUnavailable('connection refused')
    }
    return [name, ask]
  })
  return { store: Object.fromEntries(methods) as unknown as Store, state }
}

const open: Coordinator[] = []
afterEach(async () => {
  for (const coordinator of open.splice(0)) await coordinator.close()
})

function coordinatorOn(
  store: Store,
  answer: () => CallAnswer | Promise<CallAnswer> = () => ({ kind: 'answered', outcome: 'done' }),
  settings: Partial<CoordinatorSettings> = {},
): Coordinator {
  const transport: Transport = {
    schemes: ['test:'],
    call: async () => answer(),
    close: async () => {},
  }
  const coordinator = createCoordinator({ store, transports: [transport], settings })
  open.push(coordinator)
  return coordinator
}

const branches = [{ branchId: 'a', action: 'test:a', compensate: 'test:a/undo' }]
const away = { code: 'STORE_UNAVAILABLE' }
const invalid = new AssentError('STORE_INVALID', 'the schema is newer than this program')
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How long something takes to be refused because the store is away, in milliseconds. */
async function refusedWithin(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await expect(ask()).rejects.toMatchObject(away)
  return performance.now() - began
}

async function everythingIsRefusedAtOnce(coordinator: Coordinator, gid: string): Promise<void> {
  const asks: (() => Promise<unknown>)[] = [
    () => coordinator.run({ branches }),
    () => coordinator.run({ branches, waitMs: 60_000 }),
    () => coordinator.start({ gid: 'another' }),
    () => coordinator.submit({ gid: 'another' }),
    () => coordinator.abort({ gid, waitMs: 60_000 }),
    () => coordinator.retry({ gid }),
    () => coordinator.get({ gid: 'another', waitMs: 60_000 }),
    () => coordinator.list({}),
    () => coordinator.ended(['another']),
    async () => {
      for await (const _ of coordinator.events({ gid: 'another' }))
        throw new Error('there is nothing to show')
    },
  ]
  for (const ask of asks) expect(await refusedWithin(ask)).toBeLessThan(200)
}

describe('a store that is away when it is opened', () => {
  it('is an error in embedded mode, and may be opened once it is there', async () => {
    const { store, state } = leavable(memory())
    const coordinator = coordinatorOn(store)
    state.isAway = true
    await expect(coordinator.open()).rejects.toMatchObject(away)
    state.isAway = false
    await coordinator.open()
    expect((await coordinator.run({ branches, waitMs: 5_000 })).status).toBe('COMMITTED')
  })

  it('is an error too where it leaves between its opening and the first incarnation, and is closed then', async () => {
    const inner = memory()
    let closes = 0
    const coordinator = coordinatorOn({
      ...inner,
      register: () => Promise.reject(new Error('connection lost')),
      async close() {
        closes += 1
      },
    })
    await expect(coordinator.open()).rejects.toMatchObject(away)
    expect(closes).toBe(1)
  })

  it('is waited for by a server: all is refused at once meanwhile, and work begins by itself', async () => {
    const inner = memory()
    const before = coordinatorOn(inner, () => new Promise<CallAnswer>(() => {}), { stopGraceMs: 1 })
    await before.open()
    await before.run({ gid: 'left-behind', branches })
    await before.close()
    const { store, state } = leavable(inner)
    state.isAway = true
    const coordinator = coordinatorOn(store)
    await coordinator.open({ waitForStore: true })
    expect(coordinator.state()).toMatchObject({ incarnation: '', waitingForStore: 'connection refused' })
    await everythingIsRefusedAtOnce(coordinator, 'left-behind')
    await pause(3_000)
    // 0, 100, 300, 700, 1,500 and 2,500 ms; nobody else asks anything.
    expect(Object.fromEntries(state.asked)).toEqual({ open: expect.toSatisfy((times) => times <= 6) })
    state.isAway = false
    await expect.poll(() => coordinator.state().waitingForStore, { timeout: 2_000 }).toBeUndefined()
    expect((await coordinator.get({ gid: 'left-behind', waitMs: 5_000 })).status).toBe('COMMITTED')
  })

  it('is not waited for where waiting does not help', async () => {
    const coordinator = coordinatorOn({ ...memory(), open: () => Promise.reject(invalid) })
    await expect(coordinator.open({ waitForStore: true })).rejects.toBe(invalid)
  })

  it('is told of where it turns out to be of no use once it is there, and tried all the same', async () => {
    const errors: Error[] = [new StoreUnavailable('connection refused'), invalid]
    const inner = memory()
    const open = async () => {
      const error = errors.shift()
      if (error !== undefined) throw error
      await inner.open()
    }
    const coordinator = coordinatorOn({ ...inner, open })
    const refused: Error[] = []
    await coordinator.open({ waitForStore: true, onRefused: (error) => void refused.push(error) })
    await expect.poll(() => refused).toEqual([invalid])
    expect(coordinator.state().waitingForStore).toBe(invalid.message)
    await expect.poll(() => coordinator.state().waitingForStore).toBeUndefined()
    expect(refused).toHaveLength(1)
  })

  it('is not waited for any more by a coordinator that was closed', async () => {
    const { store, state } = leavable(memory())
    state.isAway = true
    const coordinator = coordinatorOn(store)
    await coordinator.open({ waitForStore: true })
    await coordinator.close()
    state.asked.clear()
    await pause(400)
    expect(state.asked.size).toBe(0)
  })
})

describe('a store that goes away later', () => {
  it('keeps nobody waiting and is not stormed, and what was under way goes on by itself', async () => {
    const { store, state } = leavable(memory())
    let answer: (answer: CallAnswer) => void = () => {}
    const called = () =>
      new Promise<CallAnswer>((resolve) => {
        answer = resolve
      })
    const coordinator = coordinatorOn(store, called, { stopGraceMs: 10 })
    await coordinator.open()
    await coordinator.start({ gid: 'parked' })
    await coordinator.run({ gid: 'under-way', branches })
    const wait = coordinator.get({ gid: 'under-way', waitMs: 60_000 })
    const poll = coordinator.get({ gid: 'parked', waitMs: 8_000 })
    state.isAway = true
    answer({ kind: 'answered', outcome: 'done' })
    await pause(1_000)
    await everythingIsRefusedAtOnce(coordinator, 'under-way')
    await pause(500)
    state.asked.clear()
    await pause(4_000)
    // Each loop about once a second: the writer, the claims, the waits, the heartbeat.
    const { write = 0, claim = 0, read = 0, heartbeat = 0, ...rest } = Object.fromEntries(state.asked)
    for (const times of [write, claim, read, heartbeat]) expect(times).toBeLessThanOrEqual(6)
    expect(write).toBeGreaterThan(1)
    expect(rest).toEqual({})
    state.isAway = false
    expect((await wait).status).toBe('COMMITTED')
    await expect
      .poll(() => coordinator.run({ branches }).catch(String), { timeout: 3_000 })
      .toMatchObject({
        status: 'SUBMITTED',
      })
    expect((await poll).status).toBe('PREPARED')
  }, 20_000)

  it('costs the lease where it stays away for long, and the next incarnation takes up what is left', async () => {
    const { store, state } = leavable(memory())
    let calls = 0
    const coordinator = coordinatorOn(
      store,
      async () => {
        calls += 1
        await pause(50)
        return { kind: 'answered', outcome: 'unknown' }
      },
      { leaseMs: 400, claimIntervalMs: 50 },
    )
    await coordinator.open()
    const options = { retryIntervalMs: 50, retryMaxIntervalMs: 50 }
    await coordinator.run({ gid: 'order-1', branches, options })
    const first = coordinator.state().incarnation
    state.isAway = true
    await pause(600)
    const before = calls
    await pause(400)
    // Without a lease nothing is called, and commands are refused at once.
    expect(calls).toBe(before)
    expect(coordinator.state()).toEqual({ incarnation: '', driving: 0 })
    await everythingIsRefusedAtOnce(coordinator, 'order-1')
    state.isAway = false
    await expect.poll(() => coordinator.state().driving, { timeout: 3_000 }).toBe(1)
    expect(coordinator.state().incarnation).not.toBe(first)
    await expect.poll(() => calls, { timeout: 3_000 }).toBeGreaterThan(before)
  })
})
