import type { Store, TransactionWrite } from '@assent/engine'
import type { SimulatedProcess } from '../time/process.ts'

/** Sees each write of a transaction come and go; it may end the process that sent it. */
export interface WriteWatch {
  /** It is about to be kept; a process that ends now has not sent it. */
  before(write: TransactionWrite): void
  /** It is kept; a process that ends now does not hear of it. */
  behind(write: TransactionWrite): void
}

/** The store as one life of a process holds it: what has crashed asks nothing more, and hears of nothing. */
export function connectionOf(process: SimulatedProcess, store: Store, watch: WriteWatch): Store {
  const exchange = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    if (!process.alive) return silence()
    const answer = await ask()
    return process.alive ? answer : silence()
  }
  return {
    kind: store.kind,
    weaknesses: store.weaknesses,
    open: () => exchange(() => store.open()),
    write: (batch) =>
      exchange(async () => {
        for (const write of batch) watch.before(write)
        if (!process.alive) return silence()
        const answers = await store.write(batch)
        batch.forEach((write, index) => {
          if (answers[index]?.outcome === 'stored') watch.behind(write)
        })
        return answers
      }),
    read: (gids) => exchange(() => store.read(gids)),
    readTombstones: (gids) => exchange(() => store.readTombstones(gids)),
    list: (query) => exchange(() => store.list(query)),
    register: (incarnation, leaseMs) => exchange(() => store.register(incarnation, leaseMs)),
    heartbeat: (incarnation, leaseMs) => exchange(() => store.heartbeat(incarnation, leaseMs)),
    retire: (incarnation) => exchange(() => store.retire(incarnation)),
    claim: (claim) => exchange(() => store.claim(claim)),
    owned: (owned) => exchange(() => store.owned(owned)),
    nextDueAt: (applications) => exchange(() => store.nextDueAt(applications)),
    sweep: (sweep) => exchange(() => store.sweep(sweep)),
    summary: () => exchange(() => store.summary()),
    ping: () => exchange(() => store.ping()),
    close: async () => {},
  }
}

/** A new one each time: what waits for it would pile up behind one that all share. */
function silence(): Promise<never> {
  return new Promise(() => {})
}
