import { deepEqual, equal, ok } from 'node:assert/strict'
import { TRANSACTION_STATE_MAX_BYTES } from '@assent/contract'
import type { StorePromise } from './store-bench.ts'
import { put, readOne, STORED, writeOf } from './store-rows.ts'

/** States as long as they may be, of what a backend may take several bytes for. */
const LARGEST: Readonly<Record<string, string>> = {
  plain: 'x'.repeat(TRANSACTION_STATE_MAX_BYTES),
  quotes: `"'\\\``.repeat(TRANSACTION_STATE_MAX_BYTES / 4),
  wide: 'ü'.repeat(TRANSACTION_STATE_MAX_BYTES / 2),
}

/** How large a transaction may be. */
export const storeSizes: readonly StorePromise[] = [
  {
    title: 'a state as large as it may be is kept whole, whatever characters it is made of',
    async hold({ store }) {
      for (const [gid, state] of Object.entries(LARGEST)) {
        await put(store, writeOf({ gid, state }))
        await put(store, writeOf({ gid, expect: 1, state: `${state.slice(0, -1)}.` }))
        const kept = await readOne(store, gid)
        equal(kept?.version, 2)
        // Not in the message of an assertion, which would be as long.
        ok(kept?.state === `${state.slice(0, -1)}.`, `the state of ${gid} is not what was written`)
      }
    },
  },
  {
    title: 'states as large as they may be go together in one batch and one claim, or in parts',
    async hold({ store, leaseMs }) {
      const state = LARGEST.quotes ?? ''
      const gids = ['a', 'b', 'c']
      const answers = await store.write(gids.map((gid) => writeOf({ gid, state })))
      deepEqual(answers, [STORED, STORED, STORED])
      await store.register('a', leaseMs * 100)
      const claimed: string[] = []
      for (let claims = 0; claims < gids.length && claimed.length < gids.length; claims += 1) {
        const writeId = `claim-${claims}`
        const rows = await store.claim({ incarnation: 'a', applications: [''], limit: 9, writeId })
        for (const row of rows) {
          ok(row.state === state, `the state of ${row.gid} is not what was written`)
          claimed.push(row.gid)
        }
      }
      deepEqual(claimed.sort(), gids)
      const read = await store.read(gids)
      ok(read.every((row) => row?.state === state))
    },
  },
]
