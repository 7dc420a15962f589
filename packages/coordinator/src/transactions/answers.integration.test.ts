import type { BranchRequest } from '@assent/contract'
import {
  type Answers,
  type Call,
  type CallAnswer,
  type Clock,
  type DeliveredAnswer,
  type Store,
  StoreUnavailable,
  type TransactionWrite,
} from '@assent/engine'
import { memory } from '@assent/store/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Coordinator, createCoordinator } from '../coordinator.ts'
import { readState } from '../driving/state.ts'
import { DEFAULT_SETTINGS } from '../settings.ts'
import { systemClock } from '../system/clock.ts'
import { ANSWER_WAIT_MAX_MS } from './answers.ts'

const BRANCHES: BranchRequest[] = [
  { branchId: 'a', action: 'test:a', compensate: 'test:a/undo' },
  { branchId: 'b', action: 'test:b', compensate: 'test:b/undo', after: ['a'] },
]
/** So long that nothing is asked again within a test. */
const OPTIONS = { ...DEFAULT_SETTINGS.options, retryIntervalMs: 60_000 }

/** Longer than a test that lets time pass. */
const LEASE_MS = 60_000

/** A coordinator whose calls a test answers by hand. */
interface Hand {
  coordinator: Coordinator
  answers: Answers
  /** What it calls, in order: `a action`. */
  called: string[]
  /** Answers the call that was made last. */
  answerLast(answer: CallAnswer): void
}

let store: Store
let isAway: boolean
let hands: Hand[]

async function openHand(parts: { store?: Store; clock?: Clock } = {}): Promise<Hand> {
  let answers: Answers | undefined
  let answerLast: (answer: CallAnswer) => void = () => {}
  const called: string[] = []
  const coordinator = createCoordinator({
    store,
    ...parts,
    transports: [
      {
        schemes: ['test:'],
        receive: (given) => {
          answers = given
        },
        call: ({ branchId, op }: Call) => {
          called.push(`${branchId} ${op}`)
          return new Promise((resolve) => {
            answerLast = resolve
          })
        },
        close: async () => {},
      },
    ],
    settings: { options: OPTIONS, stopGraceMs: 0, leaseMs: LEASE_MS },
  })
  await coordinator.open()
  const hand = {
    coordinator,
    answers: answers!,
    called,
    answerLast: (answer: CallAnswer) => answerLast(answer),
  }
  hands.push(hand)
  return hand
}

beforeEach(() => {
  const kept = memory()
  isAway = false
  hands = []
  store = new Proxy(kept, {
    get: (target, name) => {
      const method = Reflect.get(target, name)
      if (name !== 'read' || typeof method !== 'function') return method?.bind?.(target) ?? method
      return (...given: unknown[]) =>
        isAway ? Promise.reject(new StoreUnavailable('away')) : method.apply(target, given)
    },
  })
})

afterEach(async () => {
  for (const { coordinator } of hands) await coordinator.close()
})

const DONE: CallAnswer = { kind: 'answered', outcome: 'done' }
const UNKNOWN: CallAnswer = { kind: 'answered', outcome: 'unknown', error: 'no reply' }
const answerTo = (gid: string, given: Partial<DeliveredAnswer> = {}): DeliveredAnswer => ({
  gid,
  branchId: 'a',
  op: 'action',
  scheme: 'test:',
  outcome: 'done',
  ...given,
})

async function begin({ coordinator, called }: Hand): Promise<string> {
  const { gid } = await coordinator.run({ branches: BRANCHES })
  await expect.poll(() => called).toEqual(['a action'])
  return gid
}

const viewOf = async ({ coordinator }: Hand, gid: string) => {
  const { status, branches } = await coordinator.get({ gid })
  return { status, branches: branches.map((branch) => branch.status) }
}

describe('an answer that nobody waits for', () => {
  it('counts when its call was given up, and is durable when that is said', async () => {
    const hand = await openHand()
    const gid = await begin(hand)
    hand.answerLast(UNKNOWN)
    expect(await hand.answers.answer(answerTo(gid, { result: 7 }))).toBe('counted')
    const { branches } = await hand.coordinator.get({ gid })
    expect(branches[0]).toMatchObject({ status: 'SUCCEED', result: 7 })
    await expect.poll(() => hand.called).toEqual(['a action', 'b action'])
  })

  it('counts amid its own call, which is waited for before an undo all the same', async () => {
    const hand = await openHand()
    const gid = await begin(hand)
    expect(await hand.answers.answer(answerTo(gid, { outcome: 'refused', refusal: { code: 'NO' } }))).toBe(
      'counted',
    )
    expect(await viewOf(hand, gid)).toEqual({ status: 'ABORTING', branches: ['FAILED', 'PREPARED'] })
    // It took effect after all, as nothing with a barrier would.
    hand.answerLast(DONE)
    await expect.poll(() => hand.called).toEqual(['a action', 'a compensate'])
  })

  it('counts at a coordinator that does not drive the transaction, which drives it from then on', async () => {
    const [one, other] = [await openHand(), await openHand()]
    const gid = await begin(one)
    expect(await other.answers.answer(answerTo(gid))).toBe('counted')
    await expect.poll(() => other.called).toEqual(['b action'])
    other.answerLast(DONE)
    expect(await other.coordinator.get({ gid, waitMs: 5_000 })).toMatchObject({ status: 'COMMITTED' })
    one.answerLast(DONE)
    await expect.poll(() => one.coordinator.state().driving).toBe(0)
  })

  it('that refuses at another coordinator has all undone that may have happened', async () => {
    const [one, other] = [await openHand(), await openHand()]
    const gid = await begin(one)
    expect(await other.answers.answer(answerTo(gid, { outcome: 'refused' }))).toBe('counted')
    // What the first one has called it can't know, so that each branch gets its undo, dependants first.
    await expect.poll(() => other.called).toEqual(['b compensate'])
    other.answerLast(DONE)
    await expect.poll(() => other.called).toEqual(['b compensate', 'a compensate'])
    other.answerLast(DONE)
    expect(await other.coordinator.get({ gid, waitMs: 5_000 })).toMatchObject({ status: 'ABORTED' })
  })

  it('changes nothing the second time, nor for an operation that nobody asks for', async () => {
    const [one, other] = [await openHand(), await openHand()]
    const gid = await begin(one)
    const before = await one.coordinator.get({ gid })
    for (const { answers } of [one, other]) {
      expect(await answers.answer(answerTo(gid, { op: 'compensate' }))).toBe('history')
      expect(await answers.answer(answerTo(gid, { op: 'query', branchId: undefined }))).toBe('history')
    }
    expect((await one.coordinator.get({ gid })).branches).toEqual(before.branches)
    expect(await one.answers.answer(answerTo(gid))).toBe('counted')
    const after = await one.coordinator.get({ gid })
    for (const { answers } of [one, other, one]) {
      expect(await answers.answer(answerTo(gid, { outcome: 'refused' }))).toBe('history')
    }
    expect((await one.coordinator.get({ gid })).branches[0]).toEqual(after.branches[0])
  })

  it('is let go only when what it repeats is durable, though this process knows that already', async () => {
    const hand = await openHand()
    const gid = await begin(hand)
    hand.answerLast({ ...DONE, kept: () => {} })
    // What follows from the call's own answer has begun, and none of it is written.
    await expect.poll(() => hand.called).toEqual(['a action', 'b action'])
    expect(await hand.answers.answer(answerTo(gid))).toBe('history')
    const [row] = await store.read([gid])
    expect(readState(row!).branches[0]).toMatchObject({ status: 'SUCCEED' })
  })

  it('is not let go because others change its transaction for as long as it waits', async () => {
    const one = await openHand()
    let passedMs = 0
    const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + passedMs }
    const crowded = new Proxy(store, {
      get(target, name) {
        if (name !== 'write') return Reflect.get(target, name)
        return async (batch: readonly TransactionWrite[]) => {
          passedMs += ANSWER_WAIT_MAX_MS
          return batch.map(({ expect: version }) => ({
            outcome: 'conflict' as const,
            row: { version: version + 1, owner: null, writeId: 'of another' },
          }))
        }
      },
    })
    const other = await openHand({ store: crowded, clock })
    const gid = await begin(one)
    await expect.poll(async () => (await viewOf(one, gid)).branches[0]).toBe('ONGOING')
    await expect(other.answers.answer(answerTo(gid))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is for nobody where the gid or the branch is not known', async () => {
    const hand = await openHand()
    const gid = await begin(hand)
    expect(await hand.answers.answer(answerTo('nobody'))).toBe('unknown-transaction')
    expect(await hand.answers.answer(answerTo(gid, { branchId: 'z' }))).toBe('unknown-transaction')
  })

  it('is not taken while the store is away, nor by one that stops, and counts when it is given again', async () => {
    const [one, other] = [await openHand(), await openHand()]
    const gid = await begin(one)
    isAway = true
    await expect(other.answers.answer(answerTo(gid))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    isAway = false
    await one.coordinator.close()
    await expect(one.answers.answer(answerTo(gid))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await other.answers.answer(answerTo(gid))).toBe('counted')
  })
})

describe('an answer that makes of its transaction what the store can not hold', () => {
  it('is not asked for again, so that those of others go on; what is known here is tried again', async () => {
    const narrow = new Proxy(store, {
      get(target, name) {
        const method = Reflect.get(target, name)
        if (name !== 'write') return typeof method === 'function' ? method.bind(target) : method
        return async (batch: readonly TransactionWrite[]) => {
          if (!batch.some(({ state }) => state.includes('too wide'))) return target.write(batch)
          return batch.map(() => ({ outcome: 'invalid' as const, reason: 'too wide for a row' }))
        }
      },
    })
    const hand = await openHand({ store: narrow })
    const gid = await begin(hand)
    const isKept = new Promise((resolve) => hand.answerLast({ ...DONE, result: 'too wide', kept: resolve }))
    expect(await isKept).toBe(false)
    await expect(hand.answers.answer(answerTo(gid, { result: 'too wide' }))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('too wide for a row'),
    })
  })
})

describe('an answer that can be had again', () => {
  it('is told when what it changed is durable', async () => {
    const hand = await openHand()
    const gid = await begin(hand)
    const kept = new Promise((resolve) => hand.answerLast({ ...DONE, result: 7, kept: resolve }))
    expect(await kept).toBe(true)
    expect((await hand.coordinator.get({ gid })).branches[0]).toMatchObject({ status: 'SUCCEED', result: 7 })
  })

  it('is told that it was not kept where another coordinator had taken the transaction over', async () => {
    const [one, other] = [await openHand(), await openHand()]
    const gid = await begin(one)
    expect(await other.answers.answer(answerTo(gid))).toBe('counted')
    expect(await new Promise((resolve) => one.answerLast({ ...DONE, kept: resolve }))).toBe(false)
  })
})
