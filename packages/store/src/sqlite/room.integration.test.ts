import { type Store, StoreUnavailable } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { failingDisk } from '../../test/failing-worker.ts'
import { endedWriteOf, LONG_AGO, writeOf } from '../../test/rows.ts'
import { type SqliteOptions, sqlite } from './store.ts'

const LARGE = 'x'.repeat(100_000)

let directory: string
let remove: () => Promise<void>
let store: Store

async function openStore(options: Partial<SqliteOptions> = {}): Promise<void> {
  store = sqlite({ directory, ...options })
  await store.open()
}

beforeEach(async () => {
  ;({ path: directory, remove } = await temporaryDirectory())
})
afterEach(async () => {
  await store.close()
  await remove()
})

describe('a ping', () => {
  /** Fills the store with rows of this state; answers how many it took. */
  async function fill(prefix: string, state: string): Promise<number> {
    for (let row = 0; ; row += 1) {
      try {
        await store.write([endedWriteOf({ gid: `${prefix}-${row}`, endedAt: LONG_AGO, state })])
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnavailable)
        return row
      }
    }
  }

  it('fails while the disk is full, though heartbeats go on, and succeeds as soon as there is room', async () => {
    await openStore({ maxBytes: 2 * 1024 * 1024 })
    await store.register('a', 60_000)
    const large = await fill('large', LARGE)
    await fill('small', 'x')
    expect(large).toBeGreaterThan(5)
    expect(await store.heartbeat('a', 60_000)).toMatchObject({ alive: true })
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
    await store.sweep({ endedBefore: LONG_AGO + 1, tombstonesBefore: LONG_AGO, limit: 1_000 })
    await store.ping()
    expect(await store.write([writeOf()])).toEqual([{ outcome: 'stored' }])
  })

  it('succeeds when all that did not fit was something large', async () => {
    await openStore({ maxBytes: 2 * 1024 * 1024 })
    await expect(store.write([writeOf({ state: 'x'.repeat(3 * 1024 * 1024) })])).rejects.toThrow()
    await store.ping()
  })

  it('fails while the disk fails, and succeeds once something is kept again', async () => {
    const disk = failingDisk()
    await openStore({ createWorker: disk.createWorker })
    await store.register('a', 60_000)
    disk.fail('before commit')
    await expect(store.write([writeOf()])).rejects.toThrow('disk I/O error')
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
    disk.fail('none')
    await store.heartbeat('a', 60_000)
    await store.ping()
  })
})
