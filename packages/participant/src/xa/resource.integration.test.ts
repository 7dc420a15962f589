import { ongoing, Refused } from '@assent/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { gate } from '../../test/accounts.ts'
import { XA_LIBRARIES, type XaLibrary } from '../../test/xa/libraries.ts'
import {
  ACKNOWLEDGE,
  COMMIT,
  PREPARE,
  ROLLBACK,
  startXaService,
  type XaService,
} from '../../test/xa/service.ts'
import { BarrierUnavailable } from '../barrier/barrier.ts'
import { answerCall } from '../http/answer-call.ts'
import { xaParticipant } from './participant.ts'

for (const library of XA_LIBRARIES) describe(library.name, () => suite(library as XaLibrary<unknown>))

const EXECUTED = { case: 'executed', outcome: 'done', result: { did: 'prepare' } }
const DONE = { case: 'executed', outcome: 'done' }

function suite(library: XaLibrary<unknown>): void {
  let service: XaService<unknown>
  beforeAll(async () => {
    service = await startXaService(library)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  /** A process that is held at a statement; `reached` tells that it is there. */
  const heldAt = (pattern: RegExp, when: 'before' | 'after') => {
    const [reached, open] = [gate(), gate()]
    const process = service.start(async (sql, at) => {
      if (at !== when || !pattern.test(sql)) return
      reached.open()
      await open.passed
    })
    return { ...process, reached: reached.passed, goOn: open.open }
  }
  const nothingLeft = async () => {
    expect(await service.prepared()).toBe(0)
    expect(await service.registrations()).toBe(0)
  }

  describe('a branch', () => {
    it('that is prepared shows nothing before it is committed, and then all of it, once', async () => {
      const { one, effects } = service
      expect(await one.call('prepare')).toEqual(EXECUTED)
      expect(await service.prepared()).toBe(1)
      expect(await effects()).toEqual([])
      expect(await one.call('commit')).toEqual(DONE)
      expect(await one.call('commit')).toEqual({ case: 'duplicate', outcome: 'done' })
      expect(await effects()).toEqual(['prepare'])
      await nothingLeft()
    })

    it('that is rolled back leaves nothing, and its prepare is refused from then on', async () => {
      const { one, effects } = service
      await one.call('prepare')
      expect(await one.call('rollback')).toEqual(DONE)
      expect(await one.call('rollback')).toEqual({ case: 'duplicate', outcome: 'done' })
      expect(await one.call('prepare')).toMatchObject({ case: 'late', outcome: 'refused' })
      expect(await effects()).toEqual([])
      await nothingLeft()
    })

    it('is ended by another process than prepared it', async () => {
      await service.one.call('prepare')
      expect(await service.start().call('commit')).toEqual(DONE)
      expect(await service.effects()).toEqual(['prepare'])
    })

    it('has one end: a commit is not rolled back, a rollback is not committed', async () => {
      const { one } = service
      await one.call('prepare', 'a')
      await one.call('commit', 'a')
      expect(await one.call('rollback', 'a')).toMatchObject({ case: 'conflict', outcome: 'refused' })
      await one.call('prepare', 'b')
      await one.call('rollback', 'b')
      expect(await one.call('commit', 'b')).toMatchObject({ case: 'conflict', outcome: 'refused' })
      expect(await service.effects()).toEqual(['prepare'])
    })

    it('has one end also where commit and rollback come at once', async () => {
      const { one } = service
      const branches = ['a', 'b', 'c', 'd']
      for (const branch of branches) await one.call('prepare', branch)
      const ends = branches.map(async (branch) => {
        const both = await Promise.all([one.call('commit', branch), one.call('rollback', branch)])
        return both.map(({ outcome }) => outcome).sort()
      })
      for (const outcomes of await Promise.all(ends)) expect(outcomes).toEqual(['done', 'refused'])
      await nothingLeft()
    })
  })

  describe('a prepare', () => {
    it('that is repeated answers what the first one did, before the commit and after it', async () => {
      const { one, effects } = service
      await one.call('prepare')
      const again = { ...EXECUTED, case: 'duplicate' }
      expect(await one.call('prepare')).toEqual(again)
      await one.call('commit')
      expect(await one.call('prepare')).toEqual(again)
      expect(await effects()).toEqual(['prepare'])
      await nothingLeft()
    })

    it('that is refused has done nothing, for good, and needs no rollback', async () => {
      const { one, effects } = service
      const refuse = () =>
        one.prepare(async (connection) => {
          await one.run(connection, `INSERT INTO effects (what) VALUES ('half')`)
          throw new Refused('NO_FUNDS', 'has 3')
        })
      expect(await refuse()).toMatchObject({ case: 'refused', refusal: { code: 'NO_FUNDS' } })
      expect(await one.call('prepare')).toMatchObject({ case: 'duplicate', refusal: { code: 'NO_FUNDS' } })
      await nothingLeft()
      expect(await one.call('rollback')).toEqual({ case: 'empty', outcome: 'done' })
      expect(await one.call('commit')).toMatchObject({ outcome: 'refused' })
      expect(await effects()).toEqual([])
    })

    it('whose work fails has done nothing, and can be made again', async () => {
      const { one, effects } = service
      const failing = one.prepare(async (connection) => {
        await one.run(connection, `INSERT INTO effects (what) VALUES ('half')`)
        await one.run(connection, 'SELECT nothing FROM nowhere')
      })
      await expect(failing).rejects.toThrow('nowhere')
      expect(await one.call('prepare')).toEqual(EXECUTED)
      await one.call('commit')
      expect(await effects()).toEqual(['prepare'])
    })

    it('whose work has failed writes nothing more, whatever of it still runs', async () => {
      const { one, effects } = service
      const [over, tried] = [gate(), gate()]
      let late: unknown
      const failing = one.prepare(async (connection) => {
        over.passed
          .then(() => one.run(connection, `INSERT INTO effects (what) VALUES ('late')`))
          .catch((thrown) => {
            late = thrown
          })
          .finally(tried.open)
        throw new Error('gone')
      })
      await expect(failing).rejects.toThrow('gone')
      over.open()
      await tried.passed
      expect(await effects()).toEqual([])
      expect(late).toMatchObject({ name: 'TransactionOver' })
    })

    // In MySQL a statement that fails leaves the transaction as it was before it.
    it.runIf(library.dialect === 'postgres')('whose work hides a failure is not prepared', async () => {
      const { one } = service
      const hiding = one.prepare((connection) => one.run(connection, 'SELECT 1 / 0').catch(() => {}))
      await expect(hiding).rejects.toThrow()
      expect(await service.prepared()).toBe(0)
    })

    it('whose work ends the transaction is not prepared, and not called done', async () => {
      const { one } = service
      const ending = one.prepare((connection) => one.run(connection, 'COMMIT'))
      await expect(ending).rejects.toThrow()
      expect(await service.prepared()).toBe(0)
    })

    it('can not be ongoing', async () => {
      const { resource } = service.one
      const call = { gid: 'transfer-1', branchId: '01', op: 'prepare' } as const
      await expect(resource.run(call, () => ongoing())).rejects.toThrow('can not be ongoing')
      expect(await service.prepared()).toBe(0)
    })

    it('that goes on while it is repeated is done once', async () => {
      const first = heldAt(PREPARE, 'before')
      const answer = first.call('prepare')
      await first.reached
      await expect(service.one.call('prepare')).rejects.toThrow(BarrierUnavailable)
      first.goOn()
      expect(await answer).toEqual(EXECUTED)
      expect(await service.one.call('prepare')).toEqual({ ...EXECUTED, case: 'duplicate' })
      expect(await service.prepared()).toBe(1)
    })

    it('that was not acknowledged is done anew by the next, and can not be acknowledged any more', async () => {
      const first = heldAt(PREPARE, 'after')
      const answer = first.call('prepare')
      // A connection that is open still holds what it has prepared, as MySQL sees it.
      const expected = expect(answer).rejects.toThrow(BarrierUnavailable)
      await first.reached
      if (library.dialect === 'mysql') {
        await expect(service.one.call('prepare')).rejects.toThrow(BarrierUnavailable)
        first.goOn()
        await expected
        expect(await service.one.call('prepare')).toEqual(EXECUTED)
      } else {
        expect(await service.one.call('prepare')).toEqual(EXECUTED)
        first.goOn()
        await expected
      }
      await service.one.call('commit')
      expect(await service.effects()).toEqual(['prepare'])
      await nothingLeft()
    })

    it.each([
      ['works', async () => {}],
      ['refuses', () => Promise.reject(new Refused('NO_FUNDS'))],
    ])(
      'that is held amid starting over, and then %s, ends nothing that a later one has acknowledged',
      async (_what, work) => {
        const [first, second] = [heldAt(ACKNOWLEDGE, 'before'), heldAt(ROLLBACK, 'before')]
        const answers = [first.call('prepare')]
        await first.reached
        answers.push(second.prepare(work))
        const expected = answers.map((answer) => expect(answer).rejects.toThrow(BarrierUnavailable))
        await second.reached
        expect(await service.one.call('prepare')).toEqual(EXECUTED)
        for (const attempt of [second, first]) attempt.goOn()
        await Promise.all(expected)
        expect(await service.prepared()).toBe(1)
        expect(await service.one.call('prepare')).toEqual({ ...EXECUTED, case: 'duplicate' })
        expect(await service.one.call('commit')).toEqual(DONE)
        expect(await service.effects()).toEqual(['prepare'])
        await nothingLeft()
      },
    )

    it('that refuses once its rollback has begun leaves it to that', async () => {
      const [reached, open] = [gate(), gate()]
      const answer = service.start().prepare(async () => {
        reached.open()
        await open.passed
        throw new Refused('NO_FUNDS')
      })
      const expected = expect(answer).rejects.toThrow(BarrierUnavailable)
      await reached.passed
      await expect(service.one.call('rollback')).rejects.toThrow(BarrierUnavailable)
      open.open()
      await expected
      expect(await service.one.call('rollback')).toEqual({ case: 'empty', outcome: 'done' })
      expect(await service.one.call('prepare')).toMatchObject({ case: 'late', outcome: 'refused' })
      await nothingLeft()
    })

    it('of which somebody has ended what was prepared is not called done, and not done again', async () => {
      const { one, database } = service
      await one.call('prepare')
      await one.resource.inDoubt()
      const kept = await database.run(
        'SELECT gid, branch_id, token, state, answer, created_at FROM assent_xa',
      )
      expect(kept).toMatchObject([{ state: 'prepared' }])
      await service.start(undefined).resource.check()
      await rollBackByHand()
      await expect(one.call('prepare')).rejects.toThrow('ended it by hand')
      await expect(one.call('commit')).rejects.toThrow('not known')
      expect(await service.effects()).toEqual([])
    })
  })

  /** As an operator would; a connection that was just closed may still hold it. */
  const rollBackByHand = () => vi.waitFor(() => service.rollBackPrepared())

  describe('a commit', () => {
    it('of what was never prepared is not known to be done, and takes no end', async () => {
      const { one } = service
      await expect(one.call('commit')).rejects.toThrow(BarrierUnavailable)
      expect(await one.call('rollback')).toEqual({ case: 'empty', outcome: 'done' })
    })

    it('that died before it was written down is done when the prepare row says so', async () => {
      const first = heldAt(COMMIT, 'after')
      await service.one.call('prepare')
      const answer = first.call('commit')
      await first.reached
      expect(await service.one.call('commit')).toEqual(DONE)
      first.goOn()
      expect(await answer).toMatchObject({ outcome: 'done' })
      expect(await service.effects()).toEqual(['prepare'])
      await nothingLeft()
    })
  })

  describe('a rollback', () => {
    it('of what never came plants a row that refuses it', async () => {
      const { one } = service
      expect(await one.call('rollback')).toEqual({ case: 'empty', outcome: 'done' })
      expect(await one.call('prepare')).toMatchObject({ case: 'late', outcome: 'refused' })
      await nothingLeft()
    })

    it('amid a prepare is unknown, and done once that has ended', async () => {
      const first = heldAt(PREPARE, 'before')
      const answer = first.call('prepare')
      const ended = expect(answer).rejects.toThrow(BarrierUnavailable)
      await first.reached
      await expect(service.one.call('rollback')).rejects.toThrow(BarrierUnavailable)
      first.goOn()
      // It prepared after all, and must not say so: the transaction is about to be rolled back.
      await ended
      expect(await service.prepared()).toBe(1)
      expect(await service.one.call('rollback')).toMatchObject({ outcome: 'done' })
      expect(await service.effects()).toEqual([])
      await nothingLeft()
    })

    it('that died after the database rolled back is finished by the next', async () => {
      const first = heldAt(ROLLBACK, 'after')
      await service.one.call('prepare')
      const answer = first.call('rollback')
      await first.reached
      expect(await service.one.call('rollback')).toMatchObject({ outcome: 'done' })
      expect(await service.one.call('prepare')).toMatchObject({ case: 'late' })
      first.goOn()
      expect(await answer).toMatchObject({ outcome: 'done' })
      await nothingLeft()
    })
  })

  it('of a name that finds no room in the database is refused with a reason', async () => {
    const tooLong = service.one.call('prepare', 'x'.repeat(library.dialect === 'mysql' ? 45 : 65))
    await expect(tooLong).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    if (library.dialect === 'mysql') {
      const headers = new Map([
        ['assent-gid', 'transfer-1'],
        ['assent-branch-id', 'x'.repeat(45)],
        ['assent-op', 'prepare'],
      ])
      const participant = xaParticipant(service.one.resource, () => {})
      expect(await answerCall(participant, (name) => headers.get(name), '')).toMatchObject({ status: 400 })
      const empty = { case: 'empty', outcome: 'done' }
      expect(await service.one.call('rollback', 'x'.repeat(45))).toEqual(empty)
    }
    const longest = 'x'.repeat(library.dialect === 'mysql' ? 44 : 64)
    await service.one.call('prepare', longest)
    expect(await service.one.call('commit', longest)).toEqual(DONE)
  })

  it('names with anything to quote in them reach no statement', async () => {
    const { resource } = service.one
    const call = { gid: "x'; DROP TABLE effects; --", branchId: '01', op: 'commit' } as const
    await expect(resource.run(call, () => {})).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(() => library.open(service.database.url, { service: "a'b" })).toThrow(TypeError)
  })

  it('another service with the same gid and branch is neither seen nor ended', async () => {
    const other = service.start(undefined, {
      service: 'audit',
      registrations: 'audit_xa',
      table: 'audit_barrier',
    })
    await service.one.call('prepare')
    expect(await other.resource.inDoubt()).toEqual([])
    expect(await other.call('rollback')).toEqual({ case: 'empty', outcome: 'done' })
    expect(await service.prepared()).toBe(1)
  })
}
