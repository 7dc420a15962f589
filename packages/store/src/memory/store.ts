import type { Store } from '@assent/engine'
import { claim, nextDueAt } from './claim.ts'
import { heartbeat, register, retire } from './incarnations.ts'
import { list } from './list.ts'
import { owned } from './owned.ts'
import { createTables } from './schema.ts'
import { summary } from './summary.ts'
import { sweep } from './sweep.ts'
import { write } from './write.ts'

export interface MemoryOptions {
  /** Epoch milliseconds; `Date.now` when absent. */
  now?: () => number
}

/**
 * Keeps transactions as long as the object lives. Any number of coordinators of one process may share it, one
 * after the other or side by side: `open` and `close` neither empty it nor forget an incarnation.
 *
 * Each call happens at once; only its answer is asynchronous.
 */
export function memory(options: MemoryOptions = {}): Store {
  const tables = createTables(options.now ?? Date.now)
  return {
    kind: 'memory',
    weaknesses: ['transactions are kept in memory only: the end of the process loses them'],
    async open() {},
    write: async (batch) => write(tables, batch),
    read: async (gids) => gids.map((gid) => tables.transactions.get(gid)),
    readTombstones: async (gids) => gids.map((gid) => tables.tombstones.get(gid)),
    list: async (query) => list(tables, query),
    register: async (incarnation, leaseMs) => register(tables, incarnation, leaseMs),
    heartbeat: async (incarnation, leaseMs) => heartbeat(tables, incarnation, leaseMs),
    retire: async (incarnation) => retire(tables, incarnation),
    claim: async (request) => claim(tables, request),
    owned: async (request) => owned(tables, request),
    nextDueAt: async (applications) => nextDueAt(tables, applications),
    sweep: async (request) => sweep(tables, request),
    summary: async () => summary(tables),
    async ping() {},
    async close() {},
  }
}
