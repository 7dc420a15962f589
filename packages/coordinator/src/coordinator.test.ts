import type { BranchRequest } from '@assent/contract'
import type { Call, CallAnswer, Store, Transport } from '@assent/engine'
import * as engine from '@assent/engine'
import { memory } from '@assent/store/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from './coordinator.ts'
import type { CoordinatorSettings } from './settings.ts'
import { systemClock } from './system/clock.ts'

const DONE: CallAnswer = { kind: 'answered', outcome: 'done', status: 200 }
const REFUSED: CallAnswer = { kind: 'answered', outcome: 'refused', refusal: { code: 'NO' }, status: 409 }
const UNKNOWN: CallAnswer = { kind: 'answered', outcome: 'unknown', error: 'connection lost' }

/** A transport that answers by the test's script and remembers what was called. */
function scripted(answer: (call: Call) => CallAnswer | Promise<CallAnswer>) {
  const calls: Call[] = []
  const transport: Transport = {
    schemes: ['test:'],
    async call(call) {
      calls.push(call)
      return answer(call)
    },
    close: async () => {},
  }
  const names = () => calls.map((call) => `${call.branchId ?? ''}/${call.op}`)
  return { transport, calls, names }
}

const open: Coordinator[] = []

async function coordinatorOn(
  store: Store,
  transport: Transport,
  settings: Partial<CoordinatorSettings> = {},
): Promise<Coordinator> {
  const coordinator = createCoordinator({
    store,
    transports: [transport],
    settings: { claimIntervalMs: 20, ...settings },
  })
  await coordinator.open()
  open.push(coordinator)
  return coordinator
}

afterEach(async () => {
  for (const coordinator of open.splice(0)) await coordinator.close()
})

const branch = (branchId: string, more: Partial<BranchRequest> = {}): BranchRequest => ({
  branchId,
  action: `test:${branchId}`,
  compensate: `test:${branchId}/undo`,
  ...more,
})

describe('a saga', () => {
  it('commits when every branch is done, and shows results that were durable', async () => {
    const { transport, names } = scripted(
      (call) => ({ ...DONE, result: { of: call.branchId } }) as CallAnswer,
    )
    const coordinator = await coordinatorOn(memory(), transport)
    const ended = await coordinator.run({ branches: [branch('a'), branch('b')], waitMs: 5_000 })
    expect(ended).toMatchObject({ status: 'COMMITTED', results: { a: { of: 'a' }, b: { of: 'b' } } })
    expect(names().sort()).toEqual(['a/action', 'b/action'])
    expect((await coordinator.get({ gid: ended.gid })).status).toBe('COMMITTED')
  })

  it('undoes what is done when a branch refuses, and says who refused and why', async () => {
    const { transport, names } = scripted((call) =>
      call.branchId === 'b' && call.op === 'action' ? REFUSED : DONE,
    )
    const coordinator = await coordinatorOn(memory(), transport)
    const ended = await coordinator.run({
      branches: [branch('a'), branch('b', { after: ['a'] })],
      waitMs: 5_000,
    })
    expect(ended).toMatchObject({
      status: 'ABORTED',
      failedBranch: 'b',
      reason: 'BRANCH_REFUSED',
      refusal: { code: 'NO' },
    })
    expect(names()).toEqual(['a/action', 'b/action', 'a/compensate'])
  })

  it('is written twice in all: accepted and finished', async () => {
    const store = memory()
    const commits: number[] = []
    const { transport } = scripted(() => DONE)
    const coordinator = createCoordinator({
      store,
      transports: [transport],
      observer: { observe: (seen) => void (seen.kind === 'commit' && commits.push(seen.rows)) },
    })
    await coordinator.open()
    open.push(coordinator)
    await coordinator.run({ branches: [branch('a'), branch('b')], waitMs: 5_000 })
    expect(commits).toEqual([1, 1])
  })
})

describe('a decision', () => {
  it('is durable before any call that follows from it', async () => {
    const store = memory()
    let isHeld = false
    const held: (() => void)[] = []
    const slow = {
      ...store,
      write: async (batch: Parameters<typeof store.write>[0]) => {
        if (isHeld) await new Promise<void>((resolve) => held.push(resolve))
        return store.write(batch)
      },
    }
    const { transport, names } = scripted((call) => {
      if (call.op === 'action' && call.branchId === 'b') {
        isHeld = true
        return REFUSED
      }
      return DONE
    })
    const coordinator = await coordinatorOn(slow, transport)
    const ended = coordinator.run({ branches: [branch('a'), branch('b', { after: ['a'] })], waitMs: 5_000 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(names()).toEqual(['a/action', 'b/action'])
    expect(held.length).toBe(1)
    isHeld = false
    for (const release of held) release()
    expect((await ended).status).toBe('ABORTED')
    expect(names()).toContain('a/compensate')
  })
})

/** A view of a store that a process had which was killed: it hears nothing any more and changes nothing. */
function severable(store: Store): { view: Store; kill: () => void } {
  let isDead = false
  const view = Object.fromEntries(
    Object.entries(store).map(([name, value]) => [
      name,
      typeof value !== 'function'
        ? value
        : (...args: unknown[]) => (isDead ? new Promise(() => {}) : value.apply(store, args)),
    ]),
  ) as unknown as Store
  return {
    view,
    kill: () => {
      isDead = true
    },
  }
}

const never = () => new Promise<CallAnswer>(() => {})

/** A coordinator that took a transaction on, called its branches, and was killed before any of them answered. */
async function leftBehind(store: Store, gid: string, branches: BranchRequest[]): Promise<void> {
  const { view, kill } = severable(store)
  const { transport } = scripted(never)
  const killed = createCoordinator({ store: view, transports: [transport], settings: { leaseMs: 200 } })
  await killed.open()
  await killed.run({ gid, branches })
  kill()
}

describe('a deadline', () => {
  it('never decides between the moment at which a call is due and its start', async () => {
    const { transport } = scripted(() => UNKNOWN)
    const began: string[] = []
    // Time passes with every look at the clock, so that a deadline falls between any two of them.
    let looks = 0
    const clock = { ...systemClock, monotonic: () => performance.now() + looks++ * 3 }
    const advance: typeof engine.advance = (before, event, now) => {
      const advanced = engine.advance(before, event, now)
      if (event.type === 'called') began.push(advanced.transaction.status)
      return advanced
    }
    const coordinator = createCoordinator({
      store: memory(),
      transports: [transport],
      clock,
      engine: { ...engine, advance },
      settings: { leaseMs: 3_600_000 },
    })
    await coordinator.open()
    open.push(coordinator)
    for (let count = 0; count < 40; count++) {
      const options = { timeoutToFailMs: 300 + count, retryIntervalMs: 1, retryMaxIntervalMs: 1 }
      const branches = [branch('a', { compensate: undefined })]
      const ended = await coordinator.run({ branches, options, waitMs: 5_000_000 })
      expect(ended.reason).toBe('DEADLINE')
    }
    expect(began.length).toBeGreaterThan(40)
    expect(new Set(began)).toEqual(new Set(['SUBMITTED']))
  })
})

describe('a coordinator that comes after one that was killed', () => {
  it('takes up what is left once the lease has run out, without anybody asking', async () => {
    const store = memory()
    await leftBehind(store, 'order-1', [branch('a')])
    const { transport } = scripted(() => DONE)
    const coordinator = await coordinatorOn(store, transport)
    expect((await coordinator.get({ gid: 'order-1', waitMs: 5_000 })).status).toBe('COMMITTED')
  })

  it('undoes even what is refused now, for the first call may have taken effect', async () => {
    const store = memory()
    await leftBehind(store, 'order-1', [branch('a'), branch('b')])
    const { transport, names } = scripted((call) => (call.op === 'action' ? REFUSED : DONE))
    const coordinator = await coordinatorOn(store, transport)
    // A command at another coordinator takes the transaction over at once.
    const ended = await coordinator.submit({ gid: 'order-1', waitMs: 5_000 })
    expect(ended.status).toBe('ABORTED')
    expect(
      names()
        .filter((name) => name.endsWith('compensate'))
        .sort(),
    ).toEqual(['a/compensate', 'b/compensate'])
  })

  it('does not call a pivot that can not be undone unless that was written down', async () => {
    const store = memory()
    await leftBehind(store, 'order-1', [branch('a'), { branchId: 'p', action: 'test:p', pivot: true }])
    const { transport, names } = scripted(() => REFUSED)
    const coordinator = await coordinatorOn(store, transport)
    await coordinator.abort({ gid: 'order-1', waitMs: 300 })
    expect(names().some((name) => name.startsWith('p/'))).toBe(false)
  })
})

describe('two coordinators on one store', () => {
  it('hand over on a graceful stop, without waiting for a lease', async () => {
    const store = memory()
    const first = await coordinatorOn(store, scripted(() => UNKNOWN).transport, { leaseMs: 60_000 })
    await first.run({ gid: 'order-1', branches: [branch('a')] })
    const second = await coordinatorOn(store, scripted(() => DONE).transport)
    const wait = second.get({ gid: 'order-1', waitMs: 5_000 })
    open.splice(open.indexOf(first), 1)
    await first.close()
    expect((await wait).status).toBe('COMMITTED')
  })

  it('hand over even a transaction whose call is still in flight, to whoever asks first', async () => {
    const store = memory()
    const first = createCoordinator({
      store,
      transports: [scripted(never).transport],
      settings: { stopGraceMs: 20 },
    })
    await first.open()
    await first.run({ gid: 'order-1', branches: [branch('a')] })
    await first.close()
    const { transport, names } = scripted(() => DONE)
    const second = await coordinatorOn({ ...store, claim: async () => [] }, transport)
    expect((await second.abort({ gid: 'order-1', waitMs: 2_000 })).status).toBe('ABORTED')
    expect(names()).toEqual(['a/compensate'])
  })

  it('let a command take a transaction over, and the one that drove it stops', async () => {
    const store = memory()
    const lost: string[] = []
    const first = createCoordinator({
      store,
      transports: [scripted(never).transport],
      observer: { observe: (seen) => void (seen.kind === 'ownership-lost' && lost.push(seen.gid)) },
    })
    await first.open()
    await first.run({ gid: 'order-1', branches: [branch('a')] })
    const { transport, names } = scripted(() => DONE)
    const second = await coordinatorOn(store, transport)
    const ended = await second.abort({ gid: 'order-1', waitMs: 5_000 })
    expect(ended.status).toBe('ABORTED')
    expect(names()).toEqual(['a/compensate'])
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(lost).toEqual(['order-1'])
    expect(first.state().driving).toBe(0)
  })
})

describe('what another coordinator has taken over', () => {
  /** The first drives, and waits for an answer that never comes; the second has ended it. */
  async function takenOver() {
    const store = memory()
    const first = await coordinatorOn(store, scripted(never).transport, { stopGraceMs: 10 })
    const second = await coordinatorOn(store, scripted(() => DONE).transport)
    await first.run({ gid: 'order-1', branches: [branch('a')] })
    const wait = first.get({ gid: 'order-1', waitMs: 10_000 })
    const stream = first.events({ gid: 'order-1' })
    const seen: string[] = []
    const follow = (async () => {
      for await (const { transaction } of stream) seen.push(transaction.status)
    })()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await second.abort({ gid: 'order-1', waitMs: 5_000 })
    return { first, wait, follow, seen }
  }

  it('is shown as it is by the one that drove it, which then stops', async () => {
    const { first } = await takenOver()
    expect((await first.get({ gid: 'order-1' })).status).toBe('ABORTED')
    expect(first.state().driving).toBe(0)
  })

  it('ends the waits and streams at the one that drove it', async () => {
    const { wait, follow, seen } = await takenOver()
    const began = performance.now()
    expect((await wait).status).toBe('ABORTED')
    await follow
    expect(seen).toEqual(['SUBMITTED', 'ABORTED'])
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('is answered for by its present state at the one that drove it', async () => {
    const repeated = await takenOver()
    const replay = { gid: 'order-1', branches: [branch('a')] }
    expect(await repeated.first.run(replay)).toMatchObject({ repeated: true, status: 'ABORTED' })
    const submitted = await takenOver()
    await expect(submitted.first.submit({ gid: 'order-1' })).resolves.toMatchObject({ status: 'ABORTED' })
    const reported = await takenOver()
    const report = { gid: 'order-1', branchId: 'a', op: 'compensate', outcome: 'done' } as const
    expect(await reported.first.reportBranch(report)).toMatchObject({ status: 'COMPENSATED', repeated: true })
  })
})

describe('replays', () => {
  it('answer the same transaction, and CONFLICT for other content', async () => {
    const { transport, calls } = scripted(() => DONE)
    const coordinator = await coordinatorOn(memory(), transport)
    const request = { gid: 'order-1', branches: [branch('a')], waitMs: 5_000 }
    expect((await coordinator.run(request)).repeated).toBe(false)
    const again = await coordinator.run({ ...request, waitMs: 0 })
    expect(again).toMatchObject({ repeated: true, status: 'COMMITTED' })
    await expect(coordinator.run({ gid: 'order-1', branches: [branch('b')] })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(calls.length).toBe(1)
  })

  it('sent at the same time make one transaction', async () => {
    const { transport, calls } = scripted(() => DONE)
    const coordinator = await coordinatorOn(memory(), transport)
    const request = { gid: 'order-1', branches: [branch('a')], waitMs: 5_000 }
    const answers = await Promise.all(Array.from({ length: 20 }, () => coordinator.run(request)))
    expect(answers.filter((answer) => !answer.repeated).length).toBe(1)
    expect(answers.every((answer) => answer.status === 'COMMITTED')).toBe(true)
    expect(calls.length).toBe(1)
  })
})

describe('a transaction built step by step', () => {
  it('is tried by the caller, confirmed as a whole, and each call is made once', async () => {
    const { transport, names } = scripted(() => DONE)
    const coordinator = await coordinatorOn(memory(), transport)
    const { gid } = await coordinator.start({ mode: 'tcc' })
    const tcc = (branchId: string): BranchRequest => ({
      branchId,
      action: `test:${branchId}`,
      confirm: `test:${branchId}/confirm`,
      cancel: `test:${branchId}/cancel`,
    })
    expect(await coordinator.tryBranch({ gid, branch: tcc('a') })).toMatchObject({ outcome: 'done' })
    expect(await coordinator.tryBranch({ gid, branch: tcc('b') })).toMatchObject({ outcome: 'done' })
    const confirmed = await coordinator.confirmBranch({ gid, branchId: 'a' })
    expect(confirmed).toMatchObject({ branchStatus: 'CONFIRMED', open: false })
    expect((await coordinator.get({ gid, waitMs: 5_000 })).status).toBe('COMMITTED')
    expect(names().sort()).toEqual(['a/confirm', 'a/try', 'b/confirm', 'b/try'])
  })

  it('leaves a refused try to the caller, who aborts, and the branch is undone', async () => {
    const { transport, names } = scripted((call) => (call.op === 'try' ? REFUSED : DONE))
    const coordinator = await coordinatorOn(memory(), transport)
    const { gid } = await coordinator.start({ mode: 'tcc' })
    const branchOfTcc = {
      branchId: 'a',
      action: 'test:a',
      confirm: 'test:a/confirm',
      cancel: 'test:a/cancel',
    }
    await expect(coordinator.tryBranch({ gid, branch: branchOfTcc })).rejects.toMatchObject({
      code: 'BRANCH_REFUSED',
    })
    await expect(coordinator.submit({ gid })).rejects.toMatchObject({ code: 'BRANCH_UNDECIDED' })
    expect((await coordinator.cancelBranch({ gid, branchId: 'a' })).branchStatus).toBe('COMPENSATED')
    expect(names()).toEqual(['a/try', 'a/cancel'])
  })

  it('is reported by the application, which calls the services itself', async () => {
    const { transport, names } = scripted(() => DONE)
    const coordinator = await coordinatorOn(memory(), transport)
    const { gid } = await coordinator.start({})
    await coordinator.addBranch({ gid, branch: { ...branch('a'), drivenBy: 'application' } })
    await expect(coordinator.submit({ gid })).rejects.toMatchObject({ code: 'BRANCH_UNDECIDED' })
    await coordinator.reportBranch({ gid, branchId: 'a', outcome: 'done', result: { held: 1 } })
    const again = await coordinator.reportBranch({ gid, branchId: 'a', outcome: 'done', result: { held: 1 } })
    expect(again.repeated).toBe(true)
    expect((await coordinator.submit({ gid })).status).toBe('COMMITTED')
    expect(names()).toEqual([])
  })
})

describe('what is far off', () => {
  it('leaves memory, has no owner, and is taken up when it is due', async () => {
    const store = memory()
    let isUp = false
    const { transport } = scripted(() => (isUp ? DONE : UNKNOWN))
    const coordinator = await coordinatorOn(store, transport, { parkAfterMs: 100 })
    const options = { retryIntervalMs: 600, retryMaxIntervalMs: 600 }
    await coordinator.run({ gid: 'order-1', branches: [branch('a')], options })
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(coordinator.state().driving).toBe(0)
    expect((await store.read(['order-1']))[0]?.owner).toBe(null)
    isUp = true
    expect((await coordinator.get({ gid: 'order-1', waitMs: 5_000 })).status).toBe('COMMITTED')
  })
})

describe('the feed of a transaction', () => {
  it('gives durable states with growing versions until the end', async () => {
    const { transport } = scripted(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return DONE
    })
    const coordinator = await coordinatorOn(memory(), transport)
    await coordinator.run({ gid: 'order-1', branches: [branch('a')] })
    const seen: [number, string][] = []
    for await (const { version, transaction } of coordinator.events({ gid: 'order-1' })) {
      seen.push([version, transaction.status])
    }
    expect(seen.at(-1)?.[1]).toBe('COMMITTED')
    const versions = seen.map(([version]) => version)
    expect(versions).toEqual([...new Set(versions)].sort((left, right) => left - right))
  })
})
