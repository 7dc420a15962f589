import { StoreUnavailable } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Pool } from './pool.ts'
import type { Session } from './session.ts'

const CONNECTIONS = { max: 3, idleMax: 1, lifeMs: 60_000 }

/** A connection that is only counted. */
class FakeSession {
  readonly beganAt = performance.now()
  isUsable = true
  isClosed = false
  isResting = false
  onBroken = (): void => {}

  rest(isResting: boolean): void {
    this.isResting = isResting
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  break(): void {
    this.isUsable = false
    this.onBroken()
  }
}

let made: FakeSession[]
let failWith: Error | undefined
let pool: Pool

beforeEach(() => {
  vi.useFakeTimers()
  made = []
  failWith = undefined
  pool = new Pool(async () => {
    if (failWith !== undefined) throw failWith
    const session = new FakeSession()
    made.push(session)
    return session as unknown as Session
  }, CONNECTIONS)
})
afterEach(() => {
  vi.useRealTimers()
})

const acquire = async (): Promise<FakeSession> => (await pool.acquire()) as unknown as FakeSession
const release = (session: FakeSession): void => pool.release(session as unknown as Session)
const open = (): FakeSession[] => made.filter(({ isClosed }) => !isClosed)

describe('a pool of connections', () => {
  it('makes one when it is needed, uses the last one again, and lets it keep the process alive only then', async () => {
    const [one, other] = [await acquire(), await acquire()]
    release(one)
    release(other)
    expect([one.isResting, other.isResting]).toEqual([true, true])
    expect(await acquire()).toBe(other)
    expect(other.isResting).toBe(false)
    expect(made).toHaveLength(2)
  })

  it('makes no more than it may, and gives them to whoever waits longest', async () => {
    const sessions = await Promise.all([acquire(), acquire(), acquire()])
    const [first, second] = [acquire(), acquire()]
    release(sessions[1]!)
    expect(await first).toBe(sessions[1])
    release(sessions[0]!)
    expect(await second).toBe(sessions[0])
    expect(made).toHaveLength(3)
  })

  it('keeps nobody waiting for ever', async () => {
    await Promise.all([acquire(), acquire(), acquire()])
    const waiting = acquire()
    const failure = expect(waiting).rejects.toBeInstanceOf(StoreUnavailable)
    await vi.advanceTimersByTimeAsync(5_001)
    await failure
    release(made[0]!)
    expect(made[0]?.isResting).toBe(true)
  })

  it('replaces a connection that broke, whether it was in use or at rest', async () => {
    const [one, other] = [await acquire(), await acquire()]
    release(one)
    one.break()
    other.break()
    release(other)
    const sessions = await Promise.all([acquire(), acquire(), acquire()])
    expect(sessions).not.toContain(one)
    expect(sessions).not.toContain(other)
    expect(made).toHaveLength(5)
  })

  it('lets whoever waits make one when another broke', async () => {
    const sessions = await Promise.all([acquire(), acquire(), acquire()])
    const waiting = acquire()
    sessions[2]?.break()
    release(sessions[2]!)
    expect(await waiting).toBe(made[3])
  })

  it('fails whoever asked when none can be made, and is as large as before', async () => {
    failWith = new Error('connection refused')
    for (let attempt = 0; attempt < 10; attempt += 1) await expect(acquire()).rejects.toThrow('refused')
    failWith = undefined
    await Promise.all([acquire(), acquire(), acquire()])
    expect(made).toHaveLength(3)
  })

  it('closes what rests beyond those that are kept', async () => {
    for (const session of await Promise.all([acquire(), acquire(), acquire()])) release(session)
    await vi.advanceTimersByTimeAsync(9_000)
    expect(open()).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(open()).toHaveLength(1)
    expect((await acquire()).isClosed).toBe(false)
  })

  it('replaces what is older than it may become, when it is free', async () => {
    const one = await acquire()
    await vi.advanceTimersByTimeAsync(30_000)
    release(one)
    const other = await acquire()
    expect(other).toBe(one)
    await vi.advanceTimersByTimeAsync(31_000)
    release(other)
    expect(one.isClosed).toBe(true)
    const next = await acquire()
    release(next)
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await acquire()).not.toBe(next)
    expect(open()).toHaveLength(1)
  })

  it('closes all that it has, and what comes back later', async () => {
    const [used, resting] = [await acquire(), await acquire()]
    release(resting)
    await acquire()
    await acquire()
    const waiting = acquire()
    const failure = expect(waiting).rejects.toBeInstanceOf(StoreUnavailable)
    await pool.close()
    await failure
    release(used)
    expect(used.isClosed).toBe(true)
  })
})
