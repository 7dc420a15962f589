import type { Store, TransactionWrite } from '@assent/engine'
import type { Trace } from '../facts/trace.ts'

/** The same store, with every write in the trace as the coordinator meant it, before anything can change it. */
export function recorded(store: Store, by: string, trace: Trace): Store {
  return layered(store, {
    write(batch: readonly TransactionWrite[]) {
      for (const write of batch) trace.add(by, { kind: 'sent', write })
      return store.write(batch)
    },
  })
}

/** A store with some methods in place of its own; the others stay bound to it. */
export function layered(store: Store, methods: Partial<Store>): Store {
  return {
    kind: store.kind,
    weaknesses: store.weaknesses,
    open: () => store.open(),
    write: (batch) => store.write(batch),
    read: (gids) => store.read(gids),
    readTombstones: (gids) => store.readTombstones(gids),
    list: (query) => store.list(query),
    register: (incarnation, leaseMs) => store.register(incarnation, leaseMs),
    heartbeat: (incarnation, leaseMs) => store.heartbeat(incarnation, leaseMs),
    retire: (incarnation) => store.retire(incarnation),
    claim: (claim) => store.claim(claim),
    owned: (owned) => store.owned(owned),
    nextDueAt: (applications) => store.nextDueAt(applications),
    sweep: (sweep) => store.sweep(sweep),
    summary: () => store.summary(),
    ping: () => store.ping(),
    close: () => store.close(),
    ...methods,
  }
}
