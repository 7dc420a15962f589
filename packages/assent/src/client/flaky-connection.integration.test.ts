import { type HttpApi, httpApi } from '@assent/client'
import type { Server } from '@assent/server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FlakyProxy, flakyProxy } from '../../test/flaky-proxy.ts'
import { startMemoryServer } from '../../test/memory-server.ts'
import { type Participant, startParticipant } from '../../test/participant.ts'

const SEEDS = [1, 2]
const TRANSACTIONS = 40
/** Fewer would prove little. */
const CUTS_MIN = 2

let server: Server
let participant: Participant
const cleanUp: (() => unknown)[] = []

beforeAll(async () => {
  server = await startMemoryServer()
  participant = await startParticipant()
})
afterEach(async () => {
  for (const each of cleanUp.splice(0)) await each()
})
afterAll(async () => {
  participant.close()
  await server.close()
})

async function open(seed: number): Promise<{ api: HttpApi; direct: HttpApi; proxy: FlakyProxy }> {
  const proxy = await flakyProxy(server.url, seed)
  // Far longer than any of it takes: whatever is given up was given up wrongly.
  const api = httpApi({ url: proxy.url, timeoutMs: 60_000 })
  const direct = httpApi({ url: server.url })
  cleanUp.push(
    () => api.close(),
    () => direct.close(),
    () => proxy.close(),
  )
  return { api, direct, proxy }
}

const callsOf = (gid: string): string[] =>
  participant.calls.filter((path) => path.startsWith(`/${gid}/`)).sort()

describe.each(SEEDS)('behind a proxy that cuts connections at random moments (seed %i)', (seed) => {
  it('runs every transaction once, and keeps what it acknowledged', async () => {
    const { api, direct, proxy } = await open(seed)
    const gids = Array.from({ length: TRANSACTIONS }, (_, index) => `run-${seed}-${index}`)
    await Promise.all(
      gids.map(async (gid) => {
        const branches = ['a', 'b'].map((branchId) => ({
          branchId,
          action: `${participant.url}/${gid}/${branchId}`,
        }))
        const standing = await api.run({ gid, branches, waitMs: 60_000 })
        expect(standing).toMatchObject({ gid, status: 'COMMITTED', results: { a: {}, b: {} } })
      }),
    )
    expect(proxy.cuts()).toBeGreaterThanOrEqual(CUTS_MIN)
    for (const gid of gids) {
      expect(await direct.get({ gid })).toMatchObject({ status: 'COMMITTED' })
      expect(callsOf(gid)).toEqual([`/${gid}/a`, `/${gid}/b`])
    }
  })

  it('drives transactions step by step, each step once', async () => {
    const { api, direct, proxy } = await open(seed + 100)
    const gids = Array.from({ length: TRANSACTIONS / 4 }, (_, index) => `step-${seed}-${index}`)
    await Promise.all(
      gids.map(async (gid) => {
        const url = (path: string) => `${participant.url}/${gid}/${path}`
        await api.start({ gid, mode: 'tcc', payload: 'x'.repeat(500) })
        await api.addBranch({
          gid,
          branch: {
            branchId: 'told',
            drivenBy: 'application',
            action: url('t'),
            confirm: url('confirm-told'),
          },
        })
        await api.reportBranch({ gid, branchId: 'told', outcome: 'done', result: { seat: 1 } })
        await api.addBranch({
          gid,
          branch: { branchId: 'driven', action: url('try'), confirm: url('confirm') },
        })
        await api.submit({ gid, waitMs: 60_000 })
        const seen: string[] = []
        for await (const { transaction } of api.events({ gid })) seen.push(transaction.status)
        expect(seen.at(-1)).toBe('COMMITTED')
        expect((await api.ended([gid])).ended).toHaveLength(1)
      }),
    )
    expect(proxy.cuts()).toBeGreaterThanOrEqual(CUTS_MIN)
    for (const gid of gids) {
      const { branches } = await direct.get({ gid })
      expect(branches.map(({ branchId, status }) => `${branchId} ${status}`)).toEqual([
        'told CONFIRMED',
        'driven CONFIRMED',
      ])
      expect(branches[0]?.attempts.filter(({ by }) => by !== undefined)).toHaveLength(1)
      expect(callsOf(gid)).toEqual([`/${gid}/confirm`, `/${gid}/confirm-told`, `/${gid}/try`])
    }
  })
})
