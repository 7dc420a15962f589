import { DatabaseSync } from 'node:sqlite'
import { saga, unchecked } from '@assent/client'
import { Refused } from '@assent/contract'
import { sqliteBarrier } from '@assent/participant'
import { describe, expect, it } from 'vitest'
import { rehearse } from './rehearse.ts'

/** Two accounts in SQLite, and the barrier of production over them. */
function openBank() {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE account (name TEXT PRIMARY KEY, balance INTEGER NOT NULL)')
  const barrier = sqliteBarrier(database)
  const add = (name: string, amount: number): void => {
    database.prepare('UPDATE account SET balance = balance + ? WHERE name = ?').run(amount, name)
  }
  const balanceOf = (name: string): number =>
    Number(database.prepare('SELECT balance FROM account WHERE name = ?').get(name)?.balance)
  const reset = async (): Promise<void> => {
    database.exec(`DELETE FROM account; INSERT INTO account VALUES ('alice', 100), ('bob', 0)`)
    const gids = (await barrier.page('', 100)).map(({ gid }) => gid)
    await barrier.forget(gids, Number.MAX_SAFE_INTEGER)
  }
  return { database, barrier, add, balanceOf, reset }
}

describe('steps that keep their data in a database', () => {
  it('are rehearsed as they are, behind the barrier of production', async () => {
    const { database, barrier, add, balanceOf, reset } = openBank()
    const transfer = saga('transfer', { version: 1, input: unchecked<{ amount: number }>() })
      .step('withdraw', {
        barrier,
        action: async ({ input }) => {
          if (balanceOf('alice') < input.amount) throw new Refused('INSUFFICIENT_FUNDS')
          await Promise.resolve()
          add('alice', -input.amount)
        },
        compensate: ({ input }) => add('alice', input.amount),
      })
      .pivot('deposit', { barrier, action: ({ input }) => add('bob', input.amount) })
    const { failures, stories } = await rehearse(
      transfer,
      { amount: 30 },
      ({ status }) => {
        const expected = status === 'COMMITTED' ? [70, 30] : [100, 0]
        expect([balanceOf('alice'), balanceOf('bob')]).toEqual(expected)
      },
      { reset, stories: 500 },
    )
    expect({ failures, stories }).toEqual({ failures: [], stories: 500 })
    database.close()
  })
})
