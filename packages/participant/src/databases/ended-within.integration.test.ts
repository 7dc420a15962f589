import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callOf, gate } from '../../test/accounts.ts'
import { DRIVERS, MARIADB_ONE_BY_ONE, MYSQL2_ONE_BY_ONE } from '../../test/sql/libraries.ts'
import type { Library } from '../../test/sql/library.ts'
import { type Service, startService, within } from '../../test/sql/service.ts'
import { sqlBarrier } from '../barrier/sql/barrier.ts'
import type { Row } from './database.ts'

/** More than the other transaction has changed, so that InnoDB gives up the call's. */
const HEAVY_LINES = 200

const LIBRARIES = [...DRIVERS, MYSQL2_ONE_BY_ONE, MARIADB_ONE_BY_ONE] as Library<unknown>[]

for (const library of LIBRARIES) describe(`a business through ${library.name}`, () => endedWithin(library))

function endedWithin(library: Library<unknown>): void {
  let service: Service<unknown>
  beforeAll(async () => {
    service = await startService(library)
    await service.one.call('action', 'first')
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  const run = (transaction: unknown, sql: string) =>
    within(transaction).run({ sql, values: [], answers: 'count' })

  it('that ended the transaction and began another keeps nothing of that one, however often it is repeated', async () => {
    const { one, effects, rows } = service
    for (const _ of ['once', 'again']) {
      const call = one.barrier.run(callOf('action'), async (transaction) => {
        await run(transaction, 'ROLLBACK AND CHAIN')
        await one.leave(transaction, 'behind')
      })
      await expect(call).rejects.toMatchObject({ name: 'WorkLost' })
      expect([await effects(), await rows()]).toEqual([[], []])
    }
    expect(await one.call('action')).toMatchObject({ case: 'executed' })
    expect(await effects()).toEqual(['action'])
  })

  it('that has rejected writes nothing more with what it left at work', async () => {
    const { one, effects } = service
    const [over, tried] = [gate(), gate()]
    let late: unknown
    const call = one.barrier.run(callOf('action'), async (transaction) => {
      const slowly = over.passed
        .then(() => one.leave(transaction, 'late'))
        .catch((thrown) => {
          late = thrown
        })
        .finally(tried.open)
      await Promise.all([slowly, Promise.reject(new Error('gone'))])
    })
    await expect(call).rejects.toThrow('gone')
    over.open()
    await tried.passed
    expect(late).toBeInstanceOf(Error)
    expect(await effects()).toEqual([])
  })

  it.runIf(library.dialect === 'mysql')(
    'that passes over a deadlock keeps nothing of what it does behind it',
    async () => {
      const { one, database, effects, rows } = service
      const heavy = `INSERT INTO effects (what) VALUES ${Array(HEAVY_LINES).fill("('heavy')").join(', ')}`
      await database.run("INSERT INTO effects (what) VALUES ('alice'), ('bob')")
      const touch = (name: string) => `UPDATE effects SET what = '${name}' WHERE what = '${name}'`
      await database.run('CREATE INDEX of_what ON effects (what)')
      await database.run('START TRANSACTION', heavy, touch('bob'))
      let others: Promise<unknown> | undefined
      const call = one.barrier.run(callOf('action'), async (transaction) => {
        await run(transaction, touch('alice'))
        others = database.run(touch('alice'), 'ROLLBACK')
        await expect(run(transaction, touch('bob'))).rejects.toMatchObject({ errno: 1213 })
        await one.leave(transaction, 'behind')
      })
      await expect(call).rejects.toMatchObject({ name: 'WorkLost' })
      await others
      await database.run('DROP INDEX of_what ON effects')
      expect([await effects(), await rows()]).toEqual([['alice', 'bob'], []])
    },
  )

  it.runIf(library.dialect === 'mysql')(
    'leaves its connection to commit by itself again, however the call has ended',
    async () => {
      const opened = await library.open(service.database.url, 1)
      const barrier = sqlBarrier(opened.database)
      const setting = async () => {
        let rows: readonly Row[] = []
        await opened.bare?.(async (connection) => {
          const read = { sql: 'SELECT @@autocommit AS setting', values: [], answers: 'rows' } as const
          rows = (await within(connection).run(read)).rows
        })
        return Number(rows[0]?.setting)
      }
      await barrier.run(callOf('action'), () => 'kept')
      expect(await setting()).toBe(1)
      await barrier.run(callOf('action'), () => 'a repeat')
      expect(await setting()).toBe(1)
      const failing = barrier.run(callOf('action', '02'), () => Promise.reject(new Error('gone')))
      await expect(failing).rejects.toThrow('gone')
      expect(await setting()).toBe(1)
      const ended = barrier.run(callOf('action', '03'), async (transaction) => {
        await run(transaction, 'ROLLBACK')
      })
      await expect(ended).rejects.toThrow()
      expect(await setting()).toBe(1)
      await opened.close()
    },
  )
}
