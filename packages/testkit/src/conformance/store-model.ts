import { deepEqual, ok } from 'node:assert/strict'
import type { ListQuery } from '@assent/contract'
import type { Store, TransactionRow, WriteAnswer } from '@assent/engine'
import fc from 'fast-check'
import type { StoreBench, StorePromise } from './store-bench.ts'
import { type Action, history, MODEL_BEGAN } from './store-model-actions.ts'
import { ModelStore } from './store-model-store.ts'

const HISTORIES = 12
/** Writes that all histories must have made together, or they proved little. */
const WRITES_MIN = 1_000
const LEASE_MS = 1_000_000

/** A store and its model, to which the same is done. */
class Pair {
  readonly model = new ModelStore()
  writes = 0
  private readonly store: Store
  private due = 0

  constructor(store: Store) {
    this.store = store
  }

  /** Does it to both, and throws an AssertionError where they answer otherwise. */
  async take(action: Action): Promise<void> {
    const { store, model } = this
    switch (action.does) {
      case 'write':
        return this.write(action)
      case 'read':
        deepEqual(
          await store.read(action.gids),
          action.gids.map((gid) => model.rows.get(gid)),
        )
        deepEqual(
          await store.readTombstones(action.gids),
          action.gids.map((gid) => model.tombstones.get(gid)),
        )
        return
      case 'list':
        return this.list(action.query, action.limit)
      case 'register':
        model.register(action.incarnation)
        await store.register(action.incarnation, LEASE_MS)
        return
      case 'heartbeat': {
        const { alive } = await store.heartbeat(action.incarnation, LEASE_MS)
        deepEqual(alive, model.alive.has(action.incarnation))
        return
      }
      case 'retire':
        model.retire(action.incarnation)
        return store.retire(action.incarnation)
      case 'claim': {
        const claim = { ...action, writeId: `claim-${this.writes}` }
        deepEqual(await store.claim(claim), model.claim(claim))
        return
      }
      case 'owned':
        return this.owned(action)
      case 'next due':
        deepEqual(await store.nextDueAt(action.applications), model.nextDueAt(action.applications))
        return
      case 'sweep':
        deepEqual(await store.sweep(action), model.sweep(action))
        return
      case 'summary':
        deepEqual(await store.summary(), model.summary())
    }
  }

  private async write({ writes }: Extract<Action, { does: 'write' }>): Promise<void> {
    const batch = writes.map(({ off, isDue, ...columns }) => {
      this.writes += 1
      // No two are due or end at once: which of them comes first is not promised.
      this.due += 1
      const hasEnded = columns.status === 'COMMITTED' || columns.status === 'ABORTED'
      return {
        ...columns,
        expect: Math.max(0, (this.model.rows.get(columns.gid)?.version ?? 0) + off),
        writeId: `write-${this.writes}`,
        updatedAt: MODEL_BEGAN,
        dueAt: hasEnded ? null : (isDue ? MODEL_BEGAN : 2 * MODEL_BEGAN) + this.due,
        endedAt: hasEnded ? MODEL_BEGAN - 1_000 + this.due * 5 : null,
        content: 'content',
      }
    })
    const expected: WriteAnswer[] = batch.map((write) => this.model.write(write))
    deepEqual(await this.store.write(batch), expected)
  }

  private async owned({ incarnation, limit }: Extract<Action, { does: 'owned' }>): Promise<void> {
    const named: { gid: string; version: number }[] = []
    let cursor: string | undefined
    do {
      const page = await this.store.owned({ incarnation, limit, ...(cursor !== undefined && { cursor }) })
      ok(page.transactions.length <= limit)
      named.push(...page.transactions)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    const inOrder = (one: { gid: string }, other: { gid: string }) => (one.gid < other.gid ? -1 : 1)
    deepEqual(named.sort(inOrder), this.model.owned(incarnation).sort(inOrder))
  }

  private async list(query: ListQuery, limit: number): Promise<void> {
    const shown: TransactionRow[] = []
    let cursor: string | undefined
    do {
      const page = await this.store.list({ ...query, limit, ...(cursor !== undefined && { cursor }) })
      ok(page.rows.length <= limit)
      shown.push(...page.rows)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    deepEqual(shown, this.model.list(query))
  }
}

/** Histories that chance makes, on the store and on a plain model of it. */
export const storeModel: readonly StorePromise[] = [
  {
    title: 'whatever is done to it in whatever order, it answers as a plain model does',
    async hold(_bench, open: () => Promise<StoreBench>) {
      let writes = 0
      const property = fc.asyncProperty(history, async (actions) => {
        const bench = await open()
        const pair = new Pair(bench.store)
        try {
          for (const action of actions) await pair.take(action)
        } finally {
          writes += pair.writes
          await bench.close()
        }
      })
      await fc.assert(property, { numRuns: HISTORIES })
      ok(writes >= WRITES_MIN, `only ${writes} writes were made`)
    },
  },
]
