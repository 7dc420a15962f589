import type { BranchRequest } from '@assent/contract'
import type { CallAnswer, Store, Transport } from '@assent/engine'
import { memory } from '@assent/store/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'
import type { CoordinatorSettings } from '../settings.ts'

const open: Coordinator[] = []
afterEach(async () => {
  for (const coordinator of open.splice(0)) await coordinator.close()
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** When calls of each transaction began and ended, whoever made them. */
class Course {
  private readonly openCalls = new Map<string, number>()
  private readonly idleSince = new Map<string, number>()
  readonly standstills = new Map<string, number>()

  async call(gid: string, ms: number): Promise<CallAnswer> {
    this.goesOn(gid)
    this.openCalls.set(gid, (this.openCalls.get(gid) ?? 0) + 1)
    await pause(ms)
    const left = (this.openCalls.get(gid) ?? 1) - 1
    this.openCalls.set(gid, left)
    if (left === 0) this.idleSince.set(gid, performance.now())
    return { kind: 'answered', outcome: 'done' }
  }

  /** A call of it begins, or it has ended. */
  goesOn(gid: string): void {
    const since = this.idleSince.get(gid)
    this.idleSince.delete(gid)
    if (since === undefined) return
    const stood = performance.now() - since
    this.standstills.set(gid, Math.max(stood, this.standstills.get(gid) ?? 0))
  }

  get longest(): number {
    return Math.max(...this.standstills.values())
  }
}

async function coordinatorOn(
  store: Store,
  course: Course,
  settings: Partial<CoordinatorSettings> = {},
): Promise<Coordinator> {
  const transport: Transport = {
    schemes: ['test:'],
    call: ({ gid, url }) => course.call(gid, Number(url.slice('test:'.length))),
    close: async () => {},
  }
  // A lease that nobody could wait for here.
  const coordinator = createCoordinator({
    store,
    transports: [transport],
    settings: { leaseMs: 600_000, ...settings },
  })
  await coordinator.open()
  open.push(coordinator)
  return coordinator
}

const step = (branchId: string, ms: number): BranchRequest => ({ branchId, action: `test:${ms}` })

async function stop(coordinator: Coordinator): Promise<void> {
  open.splice(open.indexOf(coordinator), 1)
  await coordinator.close()
}

describe('a rolling restart', () => {
  it('lets no transaction stand still for longer than others take to look for it', async () => {
    const store = memory()
    const course = new Course()
    const first = await coordinatorOn(store, course)
    const second = await coordinatorOn(store, course)
    const options = { order: 'sequential' } as const
    const gids = Array.from({ length: 300 }, (_, index) => `order-${index}`)
    const run = (gid: string, index: number) => {
      const branches = ['a', 'b', 'c', 'd'].map((branchId) => step(branchId, 100 + (index % 7) * 50))
      return first.run({ gid, branches, options })
    }
    await Promise.all(gids.map(run))
    // One whose call outlasts the others, which must not wait for it.
    await first.run({ gid: 'slow', branches: [step('a', 3_000), step('b', 1)], options })
    await pause(60)
    const ends = gids.map(async (gid) => {
      const { status } = await second.get({ gid, waitMs: 20_000 })
      course.goesOn(gid)
      return status
    })
    expect(first.state().driving).toBeGreaterThan(200)
    await stop(first)
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['COMMITTED']))
    expect((await second.get({ gid: 'slow', waitMs: 10_000 })).status).toBe('COMMITTED')
    course.goesOn('slow')
    // The claim interval of half a second, and what two commits and a poll of the wait take.
    expect(course.longest).toBeLessThan(1_000)
    expect(course.standstills.size).toBe(301)
  }, 30_000)

  it('hands over what has several calls under way only when all of them have ended', async () => {
    const store = memory()
    const course = new Course()
    const first = await coordinatorOn(store, course)
    await first.run({ gid: 'order-1', branches: [step('a', 20), step('b', 600)] })
    await pause(10)
    const stopping = stop(first)
    await pause(300)
    const [amid] = await store.read(['order-1'])
    expect(amid?.owner).not.toBe(null)
    await stopping
    const [after] = await store.read(['order-1'])
    expect(after).toMatchObject({ owner: null, status: 'COMMITTED' })
  })

  it('hands over at once what waits for its next attempt, due now', async () => {
    const store = memory()
    let calls = 0
    const failing: Transport = {
      schemes: ['test:'],
      async call() {
        calls += 1
        return { kind: 'answered', outcome: 'unknown', error: 'away' }
      },
      close: async () => {},
    }
    const settings = { leaseMs: 600_000, parkAfterMs: 600_000 }
    const first = createCoordinator({ store, transports: [failing], settings })
    await first.open()
    const options = { retryIntervalMs: 60_000, retryMaxIntervalMs: 60_000, timeoutToFailMs: 600_000 }
    await first.run({ gid: 'order-1', branches: [step('a', 1)], options })
    await expect.poll(() => calls).toBe(1)
    await first.close()
    const [row] = await store.read(['order-1'])
    expect(row?.owner).toBe(null)
    expect(row?.dueAt).toBeLessThanOrEqual(Date.now())
    const second = await coordinatorOn(store, new Course(), { parkAfterMs: 600_000 })
    await expect.poll(() => second.state().driving, { timeout: 1_000 }).toBe(1)
  })
})
