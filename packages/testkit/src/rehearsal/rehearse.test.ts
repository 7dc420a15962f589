import { setTimeout as sleep } from 'node:timers/promises'
import { http, saga, tcc, unchecked } from '@assent/client'
import { describe, expect, it } from 'vitest'
import { memoryBarrier } from '../barrier/memory-barrier.ts'
import type { RehearsedCall } from './probe.ts'
import { rehearse } from './rehearse.ts'

const input = unchecked<{ sku: string }>()

/** What ran, by name: `reserve.action done`. */
const told = (calls: readonly RehearsedCall[]): string[] =>
  calls.map(({ step, op, outcome }) => `${step}.${op} ${outcome}`)

const order = saga('order', { version: 1, input })
  .step('reserve', { action: () => ({ id: 7 }), compensate: () => {} })
  .pivot('charge', http({ action: 'http://payments/charge' }))
  .step('ship', { action: ({ results }) => ({ parcel: results.reserve.id * 2 }) })
const fakes = { charge: { action: () => ({ paid: true }) } }

/** The one story that is named, and what its check was told. */
async function story(only: string): Promise<{ calls: string[]; status: string }> {
  let seen: { calls: string[]; status: string } | undefined
  const check = ({ calls, status }: { calls: readonly RehearsedCall[]; status: string }): void => {
    seen = { calls: told(calls), status }
  }
  await rehearse(order, { sku: 'A1' }, check, { fakes, only })
  if (seen === undefined) throw new Error('nothing was checked')
  return seen
}

describe('rehearse', () => {
  it('tells its check how it ended, with the results of all steps', async () => {
    const { stories } = await rehearse(
      order,
      { sku: 'A1' },
      (ended) => {
        expect(ended).toMatchObject({ status: 'COMMITTED', story: 'no fault' })
        if (ended.status !== 'COMMITTED') return ended.reason
        expect(ended.results).toEqual({ reserve: { id: 7 }, charge: { paid: true }, ship: { parcel: 14 } })
        expect(told(ended.calls)).toEqual(['reserve.action done', 'charge.action done', 'ship.action done'])
        return undefined
      },
      { fakes, only: 'no fault' },
    )
    expect(stories).toBe(1)
  })

  it('says which step of URLs has no fake, and how to give it one', async () => {
    await expect(rehearse(order, { sku: 'A1' }, () => {})).rejects.toThrow(
      'step "charge" of order calls URLs: action (http://payments/charge). No network is used here, so give it functions: fakes: { "charge": { action } }',
    )
  })

  it('puts everything back before each story', async () => {
    let resets = 0
    const { stories } = await rehearse(order, { sku: 'A1' }, () => {}, {
      fakes,
      stories: 50,
      reset: () => {
        resets += 1
      },
    })
    expect({ stories, resets }).toEqual({ stories: 50, resets: 50 })
  })

  it('says so where what a story leaves behind is not put back', async () => {
    let ran = 0
    const once = saga('once', { version: 1, input }).step('count', { action: () => ++ran })
    await expect(rehearse(once, { sku: 'A1' }, () => ran === 1)).rejects.toThrow('Put that back in `reset`')
  })

  it('goes wrong where its check answers false or a text, or throws', async () => {
    const failing = (check: () => boolean | string) =>
      rehearse(order, { sku: 'A1' }, check, { fakes, only: 'no fault' })
    await expect(failing(() => false)).rejects.toThrow('the check answers false')
    await expect(failing(() => 'too much')).rejects.toThrow('check        too much')
    await expect(failing(() => expect.fail('thrown'))).rejects.toThrow('check        thrown')
  })

  it('waits for steps that take their time in the real world', async () => {
    let ran = 0
    const slow = saga('slow', { version: 1, input }).step('wait', {
      action: async () => {
        await sleep(2)
        ran += 1
      },
      compensate: () => sleep(1),
    })
    const { stories, failures } = await rehearse(
      slow,
      { sku: 'A1' },
      ({ calls }) => calls.length > 0 || 'no run',
      {
        stories: 15,
      },
    ).catch(({ report }) => report)
    expect(stories).toBe(15)
    expect(ran).toBeGreaterThan(10)
    expect(failures.every(({ why }: { why: string }) => why === 'no run')).toBe(true)
  })

  it('tells which of two calls that came at once was run, and which a barrier answered', async () => {
    const shop = memoryBarrier({ sold: 0 })
    const sale = saga('sale', { version: 1, input }).step('sell', {
      barrier: shop,
      action: async ({ database }) => {
        await sleep(1)
        database.sold += 1
      },
    })
    const failing = rehearse(sale, { sku: 'A1' }, () => false, { only: 'duplicate(sell, at-once)' })
    await expect(failing).rejects.toThrow(
      ['action: done\n', 'action, once more at the same time: done, not run'].join(
        '        1 ms  sell         ',
      ),
    )
  })

  it('goes through confirms and cancels of a tcc', async () => {
    const statuses = new Set<string>()
    const seen = new Set<string>()
    const booking = tcc('booking', { version: 1, input }).step('seat', {
      try: () => {},
      confirm: () => {},
      cancel: () => {},
    })
    await rehearse(
      booking,
      { sku: 'A1' },
      ({ status, calls }) => {
        statuses.add(status)
        for (const { op } of calls) seen.add(op)
      },
      { stories: 300 },
    )
    expect([...statuses].sort()).toEqual(['ABORTED', 'COMMITTED'])
    expect([...seen].sort()).toEqual(['cancel', 'confirm', 'try'])
  })

  it('tells as many stories as it may, no more, and each only once until it comes to threes', async () => {
    const seen = new Set<string>()
    const { stories } = await rehearse(order, { sku: 'A1' }, ({ story }) => void seen.add(story), {
      fakes,
      stories: 400,
    })
    expect(stories).toBe(400)
    expect(seen.size).toBe(400)
  })

  it('chooses the same stories with the same seed', async () => {
    const tell = async (seed: number): Promise<string[]> => {
      const seen: string[] = []
      await rehearse(order, { sku: 'A1' }, ({ story }) => void seen.push(story), {
        fakes,
        stories: 150,
        seed,
      })
      return seen
    }
    const first = await tell(1)
    expect(await tell(1)).toEqual(first)
    expect(await tell(2)).not.toEqual(first)
  })
})

describe('a fault', () => {
  it.each([
    ['refuse(reserve)', 'ABORTED', []],
    ['lost-call(reserve)', 'COMMITTED', ['reserve.action done', 'charge.action done', 'ship.action done']],
    [
      'lost-answer(reserve)',
      'COMMITTED',
      ['reserve.action done', 'reserve.action done', 'charge.action done', 'ship.action done'],
    ],
    ['throw-before(ship)', 'COMMITTED', ['reserve.action done', 'charge.action done', 'ship.action done']],
    [
      'throw-after(ship)',
      'COMMITTED',
      ['reserve.action done', 'charge.action done', 'ship.action failed', 'ship.action done'],
    ],
    ['unreachable(reserve)', 'ABORTED', ['reserve.compensate done']],
    [
      'unheard(reserve)',
      'ABORTED',
      ['reserve.action done', 'reserve.action done', 'reserve.compensate done'],
    ],
    [
      'late(reserve, after-retry)',
      'COMMITTED',
      ['reserve.action done', 'reserve.action done', 'charge.action done', 'ship.action done'],
    ],
    [
      'late(reserve, after-undo)+refuse(reserve)',
      'ABORTED',
      ['reserve.compensate done', 'reserve.action done'],
    ],
    [
      'duplicate(charge, after-end)',
      'COMMITTED',
      ['reserve.action done', 'charge.action done', 'ship.action done', 'charge.action done'],
    ],
    [
      'crash(reserve, after-effect)',
      'COMMITTED',
      ['reserve.action done', 'reserve.action done', 'charge.action done', 'ship.action done'],
    ],
    [
      'crash(charge, before-call)',
      'COMMITTED',
      ['reserve.action done', 'charge.action done', 'ship.action done'],
    ],
    ['abort(after-accept)', 'ABORTED', ['reserve.compensate done']],
    [
      'abort(charge, before-call)+lost-answer(reserve.compensate)',
      'COMMITTED',
      ['reserve.action done', 'charge.action done', 'ship.action done'],
    ],
    [
      'refuse(charge)+lost-answer(reserve.compensate)',
      'ABORTED',
      ['reserve.action done', 'reserve.compensate done', 'reserve.compensate done'],
    ],
  ])('does what it is called: %s', async (only, status, calls) => {
    expect(await story(only)).toEqual({ status, calls })
  })
})
