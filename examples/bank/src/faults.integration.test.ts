import { DatabaseSync } from 'node:sqlite'
import { type BarrierOperation, sqliteBarrier } from 'assent/participant'
import { describe, expect, it } from 'vitest'
import { type Faults, NO_FAULTS, seededChance, withFaults } from './faults.ts'

const DELAY_MS = 40

function service(faults: Partial<Faults>) {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE effects (what TEXT)')
  const barrier = withFaults(sqliteBarrier(database), { ...NO_FAULTS, ...faults })
  return {
    call: (op: BarrierOperation, branchId = '01') =>
      barrier.run({ gid: 'a', branchId, op }, () => {
        database.prepare('INSERT INTO effects VALUES (?)').run(op)
      }),
    effects: () => database.prepare('SELECT count(*) AS effects FROM effects').get()?.effects,
  }
}

describe('a fault', () => {
  it('is nothing that happens by default', async () => {
    const { call, effects } = service({})
    for (let number = 0; number < 50; number += 1) await call('action', `${number}`)
    expect(effects()).toBe(50)
  })

  it('before the call leaves nothing', async () => {
    const { call, effects } = service({ failBefore: 1 })
    await expect(call('action')).rejects.toThrow('before anything was done')
    expect(effects()).toBe(0)
  })

  it('after the call leaves what was done', async () => {
    const { call, effects } = service({ failAfter: 1 })
    await expect(call('action')).rejects.toThrow('after it was done')
    expect(effects()).toBe(1)
  })

  it('that refuses is kept like any refusal, and never meets what must finish', async () => {
    const { call, effects } = service({ refuse: 1 })
    expect(await call('action')).toMatchObject({ case: 'refused', refusal: { code: 'INJECTED_REFUSAL' } })
    expect(await call('action')).toMatchObject({ case: 'duplicate', outcome: 'refused' })
    expect(await call('confirm', '02')).toMatchObject({ case: 'executed' })
    expect(effects()).toBe(1)
  })

  it.each([
    ['delayBefore', 0],
    ['delayAfter', 1],
  ] as const)('of %s answers late', async (fault, effectsMeanwhile) => {
    const { call, effects } = service({ [fault]: 1, delayMs: DELAY_MS })
    const startedAtMs = performance.now()
    const answer = call('action')
    await new Promise((resolve) => setImmediate(resolve))
    expect(effects()).toBe(effectsMeanwhile)
    await answer
    // A timer may fire a millisecond early by this clock.
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(DELAY_MS - 1)
    expect(effects()).toBe(1)
  })

  it('comes as often as it should, and again in the same places from the same seed', async () => {
    const places = async (seed: number) => {
      const { call } = service({ failBefore: 0.25, seed })
      const failed: number[] = []
      for (let number = 0; number < 400; number += 1) {
        await call('action', `${number}`).catch(() => failed.push(number))
      }
      return failed
    }
    const failed = await places(7)
    expect(failed.length).toBeGreaterThan(60)
    expect(failed.length).toBeLessThan(140)
    expect(await places(7)).toEqual(failed)
    expect(await places(8)).not.toEqual(failed)
  })
})

describe('seeded chance', () => {
  it('is spread over the whole of 0 to 1', () => {
    const chance = seededChance(3)
    const tenths = new Set(Array.from({ length: 1_000 }, () => Math.floor(chance() * 10)))
    expect([...tenths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})
