import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { type Store, StoreUnavailable } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { failingDisk } from '../../test/failing-worker.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import { shiftedClock } from '../../test/shifted-worker.ts'
import { type SqliteOptions, sqlite } from './store.ts'

const STORED = { outcome: 'stored' }

let directory: string
let remove: () => Promise<void>
let store: Store

async function openStore(options: Partial<SqliteOptions> = {}): Promise<void> {
  store = sqlite({ directory, ...options })
  await store.open()
}

/** What a promise rejected with; fails when it did not. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  )
}

beforeEach(async () => {
  ;({ path: directory, remove } = await temporaryDirectory())
})
afterEach(async () => {
  await store.close()
  await remove()
})

describe('a full disk', () => {
  /** Fills the store until a batch does not fit any more, and answers that batch's number. */
  async function fill(): Promise<number> {
    for (let batch = 0; ; batch += 1) {
      const writes = manyWrites(50).map((row) =>
        endedWriteOf({ gid: `${batch}-${row.gid}`, endedAt: LONG_AGO + batch, state: 'x'.repeat(2_000) }),
      )
      try {
        expect(await store.write(writes)).toEqual(writes.map(() => STORED))
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnavailable)
        return batch
      }
    }
  }

  it('refuses a batch as unavailable, with nothing of it written and nothing before it lost', async () => {
    await openStore({ maxBytes: 2 * 1024 * 1024 })
    const failed = await fill()
    expect(failed).toBeGreaterThan(5)
    expect((await store.list({ gidPrefix: `${failed}-` })).rows).toEqual([])
    for (let batch = 0; batch < failed; batch += 1) {
      const { rows } = await store.list({ gidPrefix: `${batch}-`, limit: 100 })
      expect(rows).toHaveLength(50)
    }
  })

  it('lets batches through again as soon as there is room', async () => {
    await openStore({ maxBytes: 2 * 1024 * 1024 })
    const failed = await fill()
    await expect(store.write([writeOf({ state: 'x'.repeat(200_000) })])).rejects.toBeInstanceOf(
      StoreUnavailable,
    )
    expect(
      await store.sweep({ endedBefore: LONG_AGO + failed, tombstonesBefore: 0, limit: 200 }),
    ).toMatchObject({
      swept: 200,
    })
    expect(await store.write([writeOf({ state: 'x'.repeat(200_000) })])).toEqual([STORED])
  })

  it('leaves what was stored readable, and small changes of it possible', async () => {
    await openStore({ maxBytes: 2 * 1024 * 1024 })
    await store.write([writeOf()])
    await store.register('a', 60_000)
    await fill()
    expect(
      await store.claim({ incarnation: 'a', applications: [''], limit: 1, writeId: 'claim' }),
    ).toHaveLength(1)
    expect(await store.write([endedWriteOf({ expect: 2 })])).toEqual([STORED])
    expect((await store.read(['order-17']))[0]?.status).toBe('COMMITTED')
  })
})

describe('the death of the worker', () => {
  let worker: Worker

  function createWorker(entry: URL): Worker {
    worker = new Worker(entry)
    return worker
  }

  it('makes what was being written unknown, and what was read unavailable', async () => {
    await openStore({ createWorker })
    const write = store.write(manyWrites(1_000))
    const read = store.read(['row-1'])
    const failures = Promise.all([failureOf(write), failureOf(read)])
    await worker.terminate()
    const [ofWrite, ofRead] = await failures
    expect(ofWrite).toBeInstanceOf(Error)
    expect(ofWrite).not.toBeInstanceOf(StoreUnavailable)
    expect(ofRead).toBeInstanceOf(StoreUnavailable)
  })

  it('is mended by a new worker: what was acknowledged is there, and whoever reads back sees what counts', async () => {
    await openStore({ createWorker })
    const acknowledged: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const kept = manyWrites(20).map((row) => ({ ...row, gid: `kept-${round}-${row.gid}` }))
      await store.write(kept)
      acknowledged.push(...kept.map(({ gid }) => gid))
      const batch = manyWrites(500).map((row) => ({ ...row, gid: `lost-${round}-${row.gid}` }))
      const failure = failureOf(store.write(batch))
      await worker.terminate()
      await failure
      const gids = batch.map(({ gid }) => gid)
      const found = (await store.read(gids)).map((row) => row?.version)
      // All or nothing here, and it stays what was read.
      expect(new Set(found).size).toBe(1)
      const again = await store.write(batch)
      expect(new Set(again.map(({ outcome }) => outcome))).toEqual(
        new Set([found[0] ? 'conflict' : 'stored']),
      )
    }
    expect((await store.read(acknowledged)).filter((row) => row?.version !== 1)).toEqual([])
  })

  it('ends no incarnation, and turns the time of the store not back', async () => {
    const { advance, createWorker: createShifted } = shiftedClock()
    const workers: Worker[] = []
    await openStore({
      createWorker() {
        const created = createShifted()
        workers.push(created)
        return created
      },
    })
    advance(60_000)
    const { now: before } = await store.register('a', 600_000)
    advance(-50_000)
    await workers.at(-1)?.terminate()
    const { alive, now } = await store.heartbeat('a', 600_000)
    expect(workers).toHaveLength(2)
    expect(alive).toBe(true)
    expect(now).toBeGreaterThanOrEqual(before)
  })

  it('makes every call fail and says so once when the database can not be opened again', async () => {
    const fatal: Error[] = []
    let isBroken = false
    await openStore({
      onFatal: (error) => fatal.push(error),
      createWorker(entry) {
        worker = isBroken ? new Worker('throw new Error("no such disk")', { eval: true }) : new Worker(entry)
        return worker
      },
    })
    isBroken = true
    const exited = once(worker, 'exit')
    await worker.terminate()
    await exited
    const failures = await Promise.all([
      failureOf(store.read(['a'])),
      failureOf(store.write([writeOf()])),
      failureOf(store.ping()),
    ])
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(StoreUnavailable)
      expect(String(failure)).toMatch(/could not be opened again.*no such disk/)
    }
    expect(await failureOf(store.summary())).toBeInstanceOf(StoreUnavailable)
    expect(fatal).toHaveLength(1)
  })
})

describe('an error of the disk', () => {
  it.each([
    ['after the commit', 'after commit', 1],
    ['before the commit', 'before commit', undefined],
  ] as const)(
    '%s makes the batch unknown, and reading back tells which it was',
    async (_when, failure, version) => {
      const disk = failingDisk()
      await openStore({ createWorker: disk.createWorker })
      disk.fail(failure)
      const error = await failureOf(store.write([writeOf()]))
      disk.fail('none')
      expect(error).not.toBeInstanceOf(StoreUnavailable)
      expect(String(error)).toMatch(/disk I\/O error/)
      expect((await store.read(['order-17']))[0]?.version).toBe(version)
      expect(await store.write([writeOf({ gid: 'next' })])).toEqual([STORED])
    },
  )

  it('that does not pass is fatal, although the database can still be opened and read', async () => {
    const fatal: Error[] = []
    const disk = failingDisk()
    await openStore({ createWorker: disk.createWorker, onFatal: (error) => fatal.push(error) })
    disk.fail('before commit')
    let attempts = 0
    while (fatal.length === 0 && attempts < 20) {
      attempts += 1
      await failureOf(store.write([writeOf()]))
      // Finds nothing to claim, and so proves nothing.
      await store.claim({ incarnation: 'a', applications: [''], limit: 1, writeId: 'claim' }).catch(() => {})
    }
    expect(fatal).toHaveLength(1)
    expect(await failureOf(store.read(['order-17']))).toBeInstanceOf(StoreUnavailable)
  })
})

describe('a row that the database itself refuses', () => {
  it('is invalid, and keeps no other of its batch from being stored', async () => {
    await openStore()
    await store.write([writeOf({ gid: 'old' })])
    const tool = new DatabaseSync(join(directory, 'assent.db'))
    tool.exec(`
      CREATE TRIGGER refuse_new BEFORE INSERT ON transactions WHEN NEW.name = 'refused'
        BEGIN SELECT RAISE(ABORT, 'not here'); END;
      CREATE TRIGGER refuse_label AFTER INSERT ON transaction_labels WHEN NEW.value = 'refused'
        BEGIN SELECT RAISE(ABORT, 'no such label'); END;`)
    tool.close()
    const answers = await store.write([
      writeOf({ gid: 'a' }),
      writeOf({ gid: 'b', name: 'refused' }),
      writeOf({ gid: 'c', labels: { x: 'kept', y: 'refused' } }),
      writeOf({ gid: 'old', expect: 1, labels: { y: 'refused' } }),
      writeOf({ gid: 'd', expect: 7 }),
      writeOf({ gid: 'e' }),
    ])
    expect(answers).toEqual([
      STORED,
      { outcome: 'invalid', reason: 'not here' },
      { outcome: 'invalid', reason: 'no such label' },
      { outcome: 'invalid', reason: 'no such label' },
      { outcome: 'conflict' },
      STORED,
    ])
    const rows = await store.read(['a', 'b', 'c', 'old', 'e'])
    expect(rows.map((row) => row?.version)).toEqual([1, undefined, undefined, 1, 1])
    expect((await store.list({ label: { key: 'x', value: 'kept' } })).rows).toEqual([])
  })
})

describe('a store that is not open', () => {
  it('refuses every call as unavailable, before it was opened and after it was closed', async () => {
    store = sqlite({ directory })
    expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
    await store.open()
    const writing = store.write([writeOf()])
    await store.close()
    expect(await writing).toEqual([STORED])
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreUnavailable)
    await store.close()
  })
})
