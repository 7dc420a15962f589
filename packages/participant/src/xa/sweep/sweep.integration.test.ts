import type { Status } from '@assent/contract'
import { type OwnServer, startMariadb, startPostgres } from '@assent/testkit/servers'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { XA_LIBRARIES, type XaLibrary, type XaProcess } from '../../../test/xa/libraries.ts'
import { startXaService, type XaService } from '../../../test/xa/service.ts'
import { answerCall } from '../../http/answer-call.ts'
import { xaParticipant } from '../participant.ts'
import { IN_DOUBT_MAX } from '../xa.ts'
import { sweepXa, type XaSweepOptions } from './sweep.ts'

/** Looks at what was registered this moment, too. */
const AT_ONCE = { graceMs: 0, now: () => Date.now() + 1 }

const statuses = (known: Record<string, Status>): XaSweepOptions['statuses'] =>
  vi.fn(
    async (gids: readonly string[]) => new Map(Object.entries(known).filter(([gid]) => gids.includes(gid))),
  )

for (const library of XA_LIBRARIES) describe(library.name, () => sweeps(library as XaLibrary<unknown>))

function sweeps(library: XaLibrary<unknown>): void {
  let service: XaService<unknown>
  beforeAll(async () => {
    service = await startXaService(library)
  })
  beforeEach(() => service.clear())
  afterAll(() => service.close())

  const prepare = (gid: string) =>
    service.one.resource.run({ gid, branchId: '01', op: 'prepare' }, async (connection) => {
      await service.one.run(connection, `INSERT INTO effects (what) VALUES ('${gid}')`)
    })
  const sweep = (known: Record<string, Status>, options: Partial<XaSweepOptions> = AT_ONCE) =>
    sweepXa(service.one.resource, { statuses: statuses(known), ...options })

  it('follows what was decided, leaves what was not, and reports what nobody knows', async () => {
    for (const gid of ['committing', 'committed', 'aborting', 'aborted', 'open', 'begun', 'stray']) {
      await prepare(gid)
    }
    const swept = await sweep({
      committing: 'COMMITTING',
      committed: 'COMMITTED',
      aborting: 'ABORTING',
      aborted: 'ABORTED',
      open: 'SUBMITTED',
      begun: 'PREPARED',
    })
    expect(swept).toMatchObject({ committed: 2, rolledBack: 2, undecided: 2, failed: [] })
    expect(swept.unknown).toMatchObject([{ gid: 'stray', branchId: '01', isPrepared: true }])
    expect((await service.effects()).sort()).toEqual(['committed', 'committing'])
    expect(await service.prepared()).toBe(3)
  })

  it('plants the row of a prepare that never got through, so that it is refused when it comes', async () => {
    await prepare('aborted')
    await vi.waitFor(() => service.rollBackPrepared())
    expect(await sweep({ aborted: 'ABORTED' })).toMatchObject({ rolledBack: 1, failed: [] })
    expect(await prepare('aborted')).toMatchObject({ case: 'late' })
    expect(await service.registrations()).toBe(0)
  })

  it('says so of what was decided and can not be done', async () => {
    await prepare('committed')
    await vi.waitFor(() => service.rollBackPrepared())
    const swept = await sweep({ committed: 'COMMITTED' })
    expect(swept).toMatchObject({
      committed: 0,
      failed: [{ branch: { gid: 'committed', isPrepared: false } }],
    })
    expect(String(swept.failed[0]?.error)).toContain('not known what became of it')
  })

  it('finds what is prepared without being registered', async () => {
    await prepare('aborted')
    await service.database.run('DELETE FROM assent_xa')
    expect(await sweep({ aborted: 'ABORTED' })).toMatchObject({ rolledBack: 1 })
    expect(await service.prepared()).toBe(0)
  })

  /** Branches that nobody knows, of which some are registered at the same time. */
  const registerOld = (count: number) => {
    const rows = Array.from({ length: count }, (_, number) => {
      return `('old-${number}', '01', '', 'registered', ${Math.floor(number / 10)})`
    })
    return service.database.run(
      `INSERT INTO assent_xa (gid, branch_id, token, state, created_at) VALUES ${rows.join(', ')}`,
    )
  }

  it('settles what was decided, however many stand before it of which nobody knows', async () => {
    await prepare('aborted')
    await registerOld(IN_DOUBT_MAX + 1)
    const swept = await sweep({ aborted: 'ABORTED' })
    expect(swept).toMatchObject({ rolledBack: 1, failed: [] })
    expect(new Set(swept.unknown.map(({ gid }) => gid)).size).toBe(IN_DOUBT_MAX + 1)
    expect(swept.unknown).toHaveLength(IN_DOUBT_MAX + 1)
    expect(await service.prepared()).toBe(0)
  })

  it('looks at a part at a time, the unregistered first, and at each once', async () => {
    for (const gid of ['lost-1', 'lost-2', 'lost-3']) await prepare(gid)
    await service.database.run('DELETE FROM assent_xa')
    await registerOld(3)
    await prepare('young')
    const { resource } = service.one
    const parts: string[][] = []
    for (let part = await resource.inDoubt(undefined, 2); part.length > 0; ) {
      parts.push(part.map(({ gid }) => gid))
      part = await resource.inDoubt(part.at(-1), 2)
    }
    expect(parts).toEqual([['lost-1', 'lost-2'], ['lost-3', 'old-0'], ['old-1', 'old-2'], ['young']])
    expect(await resource.inDoubt()).toHaveLength(7)
  })

  it('asks nothing about what is young', async () => {
    await prepare('aborted')
    const asked = statuses({ aborted: 'ABORTED' })
    expect(await sweep({}, { statuses: asked })).toMatchObject({ rolledBack: 0, unknown: [] })
    expect(asked).not.toHaveBeenCalled()
  })

  it('that gets no answer ends nothing', async () => {
    await prepare('aborted')
    const away = () => Promise.reject(new Error('nobody there'))
    await expect(sweep({}, { ...AT_ONCE, statuses: away })).rejects.toThrow('nobody there')
    expect(await service.prepared()).toBe(1)
  })
}

describe('a database that is killed with transactions prepared', () => {
  const [pg, , mariadb] = XA_LIBRARIES
  it.each([
    ['PostgreSQL', () => startPostgres(), pg as XaLibrary<unknown>],
    ['MariaDB', () => startMariadb(), mariadb as XaLibrary<unknown>],
  ])('has them still, and ends them as was decided (%s)', async (_name, start, library) => {
    await using server = await start()
    const before = library.open(server.url, { service: 'accounts' })
    const run = (process: XaProcess<unknown>, op: 'prepare' | 'commit' | 'rollback', gid: string) =>
      process.resource.run({ gid, branchId: '01', op }, async (connection) => {
        await process.run(connection, `INSERT INTO moved VALUES ('${gid}')`)
        return { gid }
      })
    await before.define('CREATE TABLE moved (what varchar(64))')
    for (const gid of ['paid', 'refused', 'swept']) await run(before, 'prepare', gid)
    await server.kill()
    await before.close().catch(() => {})
    await server.start()

    const after = library.open(server.url, { service: 'accounts' })
    expect(await after.resource.inDoubt()).toHaveLength(3)
    expect(await run(after, 'prepare', 'paid')).toEqual({
      case: 'duplicate',
      outcome: 'done',
      result: { gid: 'paid' },
    })
    expect(await run(after, 'commit', 'paid')).toMatchObject({ outcome: 'done' })
    expect(await run(after, 'rollback', 'refused')).toMatchObject({ case: 'executed', outcome: 'done' })
    const swept = await sweepXa(after.resource, { ...AT_ONCE, statuses: statuses({ swept: 'COMMITTED' }) })
    expect(swept).toMatchObject({ committed: 1, failed: [], unknown: [] })
    expect(await after.resource.inDoubt()).toEqual([])
    await after.close()
  })
})

describe('a PostgreSQL that was never told how many transactions it may prepare', () => {
  let server: OwnServer
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_prepared_transactions: '0' } })
  })
  afterAll(() => server.close())

  it('is found out, and the call is unknown with the setting that has to be changed', async () => {
    const [pg] = XA_LIBRARIES
    const process = pg.open(server.url, { service: 'accounts' })
    await expect(process.resource.check()).rejects.toThrow(/max_prepared_transactions.*restart/)
    const prepare = vi.fn()
    const headers = new Map([
      ['assent-gid', 'transfer-1'],
      ['assent-branch-id', '01'],
      ['assent-op', 'prepare'],
    ])
    const participant = { ...xaParticipant(process.resource, prepare), onError: () => {} }
    const reply = await answerCall(participant, (name) => headers.get(name), '')
    expect(reply).toMatchObject({ status: 503, body: expect.stringContaining('max_prepared_transactions') })
    expect(prepare).not.toHaveBeenCalled()
    await process.close()
  })
})
