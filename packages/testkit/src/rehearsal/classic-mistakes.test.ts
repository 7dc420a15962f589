import { saga, unchecked } from '@assent/client'
import { Refused } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { memoryBarrier } from '../barrier/memory-barrier.ts'
import { rehearse } from './rehearse.ts'
import { RehearsalFailed } from './report.ts'

/** What a rehearsal that fails says. */
async function said(rehearsal: Promise<unknown>): Promise<string> {
  try {
    await rehearsal
  } catch (thrown) {
    if (thrown instanceof RehearsalFailed) return `\n${thrown.message}\n`
    throw thrown
  }
  throw new Error('the rehearsal found nothing')
}

interface Transfer {
  amount: number
}
const input = unchecked<Transfer>()

/** Two accounts, and which gids each was changed for: steps that keep themselves from being done twice. */
class Bank {
  alice = 100
  bob = 0
  done = new Set<string>()

  once(key: string, change: () => void): void {
    if (this.done.has(key)) return
    this.done.add(key)
    change()
  }

  reset = (): void => {
    this.alice = 100
    this.bob = 0
    this.done.clear()
  }

  /** No money appears, and none is lost. */
  check = (): string | undefined => {
    const total = this.alice + this.bob
    return total === 100 ? undefined : `alice has ${this.alice} and bob ${this.bob}, together ${total}`
  }
}

describe('classic mistakes, and the story that rehearse finds', () => {
  it('an undo that gives back what was never taken', async () => {
    const bank = new Bank()
    const transfer = saga('transfer', { version: 1, input }).step('withdraw', {
      action: ({ gid, input }) =>
        bank.once(`${gid} out`, () => {
          bank.alice -= input.amount
        }),
      // Whether anything was withdrawn it does not ask.
      compensate: ({ gid, input }) =>
        bank.once(`${gid} back`, () => {
          bank.alice += input.amount
        }),
    })
    expect(
      await said(
        rehearse(transfer, { amount: 30 }, () => bank.alice === 100 || bank.alice === 70, {
          reset: bank.reset,
        }),
      ),
    ).toMatchInlineSnapshot(`
      "
      3 of 25 stories went wrong. The shortest: abort(withdraw, before-call)

              0 ms  caller       starts transfer
              0 ms  caller       aborts
              0 ms  coordinator  aborts
              1 ms  withdraw     action: called off, not run
              3 ms  withdraw     compensate, told unknown: done
              4 ms  coordinator  ABORTED
              4 ms  check        the check answers false

      Replay it alone: rehearse(…, { only: 'abort(withdraw, before-call)' })
      "
    `)
  })

  it('an undo that stands at a later step than what it undoes', async () => {
    const bank = new Bank()
    const transfer = saga('transfer', { version: 1, input })
      .step('withdraw', {
        action: ({ gid, input }) =>
          bank.once(`${gid} out`, () => {
            bank.alice -= input.amount
          }),
      })
      .step('remember', {
        action: () => {},
        compensate: ({ gid, input }) => {
          if (bank.done.has(`${gid} out`))
            bank.once(`${gid} back`, () => {
              bank.alice += input.amount
            })
        },
      })
    const check = ({ status }: { status: string }): string | undefined => {
      const expected = status === 'COMMITTED' ? 70 : 100
      return bank.alice === expected ? undefined : `${status}, and alice has ${bank.alice}, not ${expected}`
    }
    expect(
      await said(rehearse(transfer, { amount: 30 }, check, { reset: bank.reset })),
    ).toMatchInlineSnapshot(`
      "
      4 of 43 stories went wrong. The shortest: abort(withdraw, after-answer)

              0 ms  caller       starts transfer
              1 ms  withdraw     action: done
              2 ms  caller       aborts
              2 ms  coordinator  ABORTED
              2 ms  check        ABORTED, and alice has 70, not 100

      Replay it alone: rehearse(…, { only: 'abort(withdraw, after-answer)' })
      "
    `)
  })

  it('money that is sent after its refund', async () => {
    const bank = new Bank()
    const transfer = saga('transfer', { version: 1, input })
      .step('withdraw', {
        action: ({ gid, input }) =>
          bank.once(`${gid} out`, () => {
            bank.alice -= input.amount
          }),
        // Nothing says that the call may still come.
        compensate: ({ gid, input }) => {
          if (bank.done.has(`${gid} out`))
            bank.once(`${gid} back`, () => {
              bank.alice += input.amount
            })
        },
      })
      .pivot('deposit', {
        action: ({ gid, input }) =>
          bank.once(`${gid} in`, () => {
            bank.bob += input.amount
          }),
      })
    expect(
      await said(rehearse(transfer, { amount: 30 }, bank.check, { reset: bank.reset })),
    ).toMatchInlineSnapshot(`
      "
      31 of 1376 stories went wrong. The shortest: abort(withdraw, before-call)+late(withdraw, after-undo)

              0 ms  caller       starts transfer
              0 ms  caller       aborts
              0 ms  withdraw     action: held up on its way there
              0 ms  coordinator  aborts
              3 ms  withdraw     compensate, told unknown: done
              4 ms  withdraw     action, late: done
              4 ms  coordinator  ABORTED
              4 ms  check        alice has 70 and bob 0, together 70

      Replay it alone: rehearse(…, { only: 'abort(withdraw, before-call)+late(withdraw, after-undo)' })
      "
    `)
  })

  it('an undo that is done as often as it is called', async () => {
    const bank = new Bank()
    const transfer = saga('transfer', { version: 1, input })
      .step('withdraw', {
        action: ({ gid, input }) => {
          if (!bank.done.has(`${gid} back`))
            bank.once(`${gid} out`, () => {
              bank.alice -= input.amount
            })
        },
        compensate: ({ gid, input }) => {
          bank.done.add(`${gid} back`)
          if (bank.done.has(`${gid} out`)) bank.alice += input.amount
        },
      })
      .pivot('deposit', {
        action: ({ gid, input }) =>
          bank.once(`${gid} in`, () => {
            bank.bob += input.amount
          }),
      })
    expect(
      await said(rehearse(transfer, { amount: 30 }, bank.check, { reset: bank.reset })),
    ).toMatchInlineSnapshot(`
      "
      45 of 1376 stories went wrong. The shortest: abort(withdraw, after-answer)+duplicate(withdraw.compensate, after-answer)

              0 ms  caller       starts transfer
              1 ms  withdraw     action: done
              2 ms  caller       aborts
              2 ms  coordinator  aborts
              3 ms  withdraw     compensate, told done: done
              4 ms  withdraw     compensate, told done, once more: done
              4 ms  coordinator  ABORTED
              4 ms  check        alice has 130 and bob 0, together 130

      Replay it alone: rehearse(…, { only: 'abort(withdraw, after-answer)+duplicate(withdraw.compensate, after-answer)' })
      "
    `)
  })

  it('a refusal after half of the work', async () => {
    const stock = { bolts: 5, nuts: 0 }
    const reset = (): void => {
      stock.bolts = 5
      stock.nuts = 0
    }
    const order = saga('order', { version: 1, input: unchecked<object>() }).step('reserve', {
      action: () => {
        stock.bolts -= 1
        if (stock.nuts === 0) throw new Refused('OUT_OF_STOCK', 'there are no nuts')
        stock.nuts -= 1
      },
      compensate: () => {
        stock.bolts += 1
        stock.nuts += 1
      },
    })
    const check = ({ status }: { status: string }): string | undefined =>
      status === 'ABORTED' && stock.bolts !== 5 ? `${stock.bolts} bolts are left of 5` : undefined
    expect(await said(rehearse(order, {}, check, { reset }))).toMatchInlineSnapshot(`
      "
      This story went wrong: no fault

              0 ms  caller       starts order
              1 ms  reserve      action: refused OUT_OF_STOCK
              2 ms  coordinator  ABORTED
              2 ms  check        4 bolts are left of 5

      Replay it alone: rehearse(…, { only: 'no fault' })
      "
    `)
  })

  it('an undo that gives up', async () => {
    const order = saga('order', { version: 1, input: unchecked<object>() })
      .step('reserve', {
        action: () => {},
        compensate: () => {
          throw new Error('the stock service is gone')
        },
      })
      .step('charge', { action: () => {} })
    expect(await said(rehearse(order, {}, () => {}, { reset: () => {} }))).toMatchInlineSnapshot(`
      "
      12 of 43 stories went wrong. The shortest: abort(reserve, before-call)

              0 ms  caller       starts order
              0 ms  caller       aborts
              0 ms  coordinator  aborts
              1 ms  reserve      action: called off, not run
              3 ms  reserve      compensate, told unknown: unknown (the stock service is gone)
            862 ms  reserve      compensate, told unknown, attempt 2: unknown (the stock service is gone)
                    …
         270897 ms  reserve      compensate, told unknown, attempt 11: unknown (the stock service is gone)
         300102 ms  coordinator  asks for a person: compensate of reserve: UNFINISHED
         300102 ms  check        it does not end without a person: compensate of reserve: UNFINISHED

      Replay it alone: rehearse(…, { only: 'abort(reserve, before-call)' })
      "
    `)
  })
})

describe('a saga whose steps are behind a barrier', () => {
  it('comes through every story', async () => {
    const bank = memoryBarrier({ alice: 100, bob: 0 })
    const transfer = saga('transfer', { version: 1, input })
      .step('withdraw', {
        barrier: bank,
        action: ({ database, input }) => {
          if (database.alice < input.amount) throw new Refused('INSUFFICIENT_FUNDS')
          database.alice -= input.amount
        },
        compensate: ({ database, input }) => {
          database.alice += input.amount
        },
      })
      .step('deposit', {
        barrier: bank,
        action: ({ database, input }) => {
          database.bob += input.amount
        },
        compensate: ({ database, input }) => {
          database.bob -= input.amount
        },
      })
    const { failures, stories } = await rehearse(
      transfer,
      { amount: 30 },
      ({ status }) => {
        const { alice, bob } = bank.state
        const expected = status === 'COMMITTED' ? '70, 30' : '100, 0'
        return `${alice}, ${bob}` === expected || `${status}, and they have ${alice}, ${bob}`
      },
      { reset: () => bank.reset() },
    )
    expect(failures).toEqual([])
    expect(stories).toBeGreaterThan(1_000)
  })
})
