import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callOf } from '../../../test/accounts.ts'
import { DRIVERS } from '../../../test/sql/libraries.ts'
import type { Library } from '../../../test/sql/library.ts'
import { type Service, startService, within } from '../../../test/sql/service.ts'
import type { Session } from '../../databases/database.ts'
import type { BarrierOperation } from '../call.ts'

const DYING_SERVICE = fileURLToPath(new URL('../../../test/sql/dying-service.ts', import.meta.url))

const OWN_CONNECTION = {
  postgres: 'SELECT pg_backend_pid() AS id',
  mysql: 'SELECT CONNECTION_ID() AS id',
}
const CLOSE = {
  postgres: (id: number) => `SELECT pg_terminate_backend(${id}, 5000)`,
  mysql: (id: number) => `KILL CONNECTION ${id}`,
}

for (const library of DRIVERS) describe(library.name, () => crashes(library as Library<unknown>))

function crashes(library: Library<unknown>): void {
  let service: Service<unknown>
  beforeAll(async () => {
    service = await startService(library)
    await service.one.call('action', 'first')
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  /** The signal that ended the process, or what it answered. */
  const serve = (op: BarrierOperation, moment: 'amid-business' | 'after-commit' | 'never') =>
    new Promise((resolve, reject) => {
      const child = [DYING_SERVICE, library.name, service.database.url, op, moment]
      execFile(process.execPath, child, (error, stdout) => {
        if (error === null) resolve(JSON.parse(stdout))
        else if (error.signal) resolve(error.signal)
        else reject(error)
      })
    })

  describe('a service that is killed', () => {
    it('between the write of its business and the commit has done nothing, and does it when asked again', async () => {
      expect(await serve('action', 'amid-business')).toBe('SIGKILL')
      expect(await service.effects()).toEqual([])
      expect(await serve('action', 'never')).toMatchObject({ case: 'executed' })
      expect(await service.effects()).toEqual(['action'])
    })

    it('between the commit and its answer has done it, and says so when asked again', async () => {
      expect(await serve('try', 'after-commit')).toBe('SIGKILL')
      expect(await service.effects()).toEqual(['try'])
      const repeated = { case: 'duplicate', outcome: 'done', result: { did: 'try' } }
      expect(await serve('try', 'never')).toEqual(repeated)
      expect(await service.effects()).toEqual(['try'])
    })

    it('before the commit of a call that is undone then has nothing to undo, and refuses the call for good', async () => {
      expect(await serve('prepare', 'amid-business')).toBe('SIGKILL')
      expect(await service.one.call('rollback')).toEqual({ case: 'empty', outcome: 'done' })
      expect(await service.one.call('prepare')).toMatchObject({ case: 'late', outcome: 'refused' })
      expect(await service.effects()).toEqual([])
    })
  })

  describe('a connection that the server closes', () => {
    const closeIt = async ({ run, dialect }: Session) => {
      const { rows } = await run({ sql: OWN_CONNECTION[dialect], values: [], answers: 'rows' })
      await service.database.run(CLOSE[dialect](Number(rows[0]?.id)))
    }

    it.each([
      ['and whose business tries to go on', true],
      ['and whose business does nothing more', false],
    ])('amid a call, %s, leaves nothing of the call, which can be repeated', async (_, goesOn) => {
      const { one, effects } = service
      const meanwhile = Array.from({ length: 20 }, (_, turn) => () => one.call('try', `meanwhile-${turn}`))
      const closed = one.barrier.run(callOf('action'), async (transaction) => {
        await one.leave(transaction, 'half')
        await closeIt(within(transaction))
        // An event that nobody hears would end the process.
        await new Promise((resolve) => setTimeout(resolve, 20))
        // Others may get a new connection in the place of that one.
        await Promise.all(meanwhile.map((call) => call()))
        if (goesOn) await one.leave(transaction, 'the other half')
      })
      await expect(closed).rejects.toThrow()
      await expect.poll(async () => (await effects()).length).toBe(meanwhile.length)
      expect(new Set(await effects())).toEqual(new Set(['try']))
      await service.clear()
      expect(await one.call('action')).toMatchObject({ case: 'executed' })
      expect(await effects()).toEqual(['action'])
    })
  })
}
