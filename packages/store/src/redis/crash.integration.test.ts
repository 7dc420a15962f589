import { setTimeout as sleep } from 'node:timers/promises'
import type { Store, TransactionWrite, WriteAnswer } from '@assent/engine'
import { startRedis } from '@assent/testkit/servers'
import { describe, expect, it } from 'vitest'
import { endedWriteOf, writeOf } from '../../test/rows.ts'
import { redis } from './store.ts'

const KILLS = 5
const BATCH_ROWS = 16
const WRITERS = 2

/** Rows as they were last acknowledged, and those whose answers were lost. */
interface Known {
  versions: Map<string, number>
  unknown: Set<string>
}

/** Writes batches, each row twice, until the server is gone. */
async function writeOn(store: Store, name: string, known: Known): Promise<void> {
  for (let batch = 0; ; batch += 1) {
    const gids = Array.from({ length: BATCH_ROWS }, (_, index) => `${name}-${batch}-${index}`)
    const firsts = gids.map((gid) => writeOf({ gid, labels: { of: name } }))
    if (!(await writeAll(store, firsts, known))) return
    const seconds = gids.map((gid) => endedWriteOf({ gid, expect: 1, labels: { of: name }, state: 'second' }))
    if (!(await writeAll(store, seconds, known))) return
  }
}

async function writeAll(store: Store, writes: TransactionWrite[], known: Known): Promise<boolean> {
  let answers: readonly WriteAnswer[]
  try {
    answers = await store.write(writes)
  } catch {
    for (const { gid } of writes) known.unknown.add(gid)
    return false
  }
  for (const [place, { gid, expect }] of writes.entries()) {
    if (answers[place]?.outcome !== 'stored') throw new Error(JSON.stringify(answers[place]))
    known.versions.set(gid, expect + 1)
  }
  return true
}

describe('a server that is killed while it writes', () => {
  it('has lost nothing that was acknowledged, and no row is half of anything', async () => {
    const server = await startRedis()
    const store = redis({ url: server.url })
    await store.open()
    const known: Known = { versions: new Map(), unknown: new Set() }
    for (let round = 0; round < KILLS; round += 1) {
      const writing = Array.from({ length: WRITERS }, (_, writer) =>
        writeOn(store, `${round}-${writer}`, known),
      )
      await sleep(100 + 200 * Math.random())
      await server.kill()
      await Promise.all(writing)
      await server.start()
      await reachable(store)
    }
    expect(known.versions.size).toBeGreaterThan(KILLS * WRITERS * BATCH_ROWS)

    const gids = [...new Set([...known.versions.keys(), ...known.unknown])]
    const rows = await store.read(gids)
    let standing = 0
    let active = 0
    for (const [place, gid] of gids.entries()) {
      const row = rows[place]
      const acknowledged = known.versions.get(gid) ?? 0
      const version = row?.version ?? 0
      expect([gid, version]).toEqual([
        gid,
        known.unknown.has(gid) ? Math.max(version, acknowledged) : acknowledged,
      ])
      if (row === undefined) continue
      standing += 1
      if (version === 1) active += 1
      expect(row).toMatchObject(
        version === 1 ? { status: 'SUBMITTED' } : { status: 'COMMITTED', state: 'second' },
      )
    }
    // What the sorted sets say is what the rows say.
    expect((await store.list({})).totalCount).toBe(standing)
    expect((await store.list({ status: 'SUBMITTED' })).totalCount).toBe(active)
    expect((await store.summary()).active.SUBMITTED ?? 0).toBe(active)
    expect(
      await store.sweep({ endedBefore: Number.MAX_SAFE_INTEGER, tombstonesBefore: 0, limit: 1e6 }),
    ).toMatchObject({
      swept: standing - active,
    })
    await store.close()
    await server.close()
  }, 60_000)
})

async function reachable(store: Store): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await store.ping()
      return
    } catch (error) {
      if (tries === 400) throw error
      await sleep(25)
    }
  }
}
