import type { ListQuery } from '@assent/contract'
import { type Store, StoreUnavailable, type TransactionWrite, type WriteAnswer } from '@assent/engine'
import type { SimulatedProcess } from '../../time/process.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { Trace } from '../facts/trace.ts'
import type { SimulatedTables } from './tables.ts'

/**
 * The store as one process holds it: what it asks travels, and may get lost on the way there or back, be cut
 * off in the middle of a batch, or land after the process was told that the connection is gone.
 */
export class StoreConnection implements Store {
  readonly kind = 'simulated'
  readonly weaknesses: readonly string[] = []
  private readonly tables: SimulatedTables
  private readonly process: SimulatedProcess
  private readonly schedule: Schedule
  private readonly weather: Weather
  private readonly trace: Trace

  constructor(parts: {
    tables: SimulatedTables
    process: SimulatedProcess
    schedule: Schedule
    weather: Weather
    trace: Trace
  }) {
    this.tables = parts.tables
    this.process = parts.process
    this.schedule = parts.schedule
    this.weather = parts.weather
    this.trace = parts.trace
  }

  async open(): Promise<void> {
    if (this.tables.isDown) throw new StoreUnavailable('no connection: the store is away')
  }

  write(batch: readonly TransactionWrite[]): Promise<readonly WriteAnswer[]> {
    return this.exchange(
      'write',
      () => batch.map((write) => this.tables.write(write)),
      (share) => {
        for (const write of batch.slice(0, Math.floor(batch.length * share))) this.tables.write(write)
      },
      batch,
    )
  }

  read: Store['read'] = (gids) => this.exchange('read', () => gids.map((gid) => this.tables.rows.get(gid)))

  readTombstones: Store['readTombstones'] = (gids) =>
    this.exchange('read', () => gids.map((gid) => this.tables.tombstones.get(gid)))

  list(query: ListQuery): ReturnType<Store['list']> {
    return this.exchange('read', () => this.tables.list(query))
  }

  register(incarnation: string, leaseMs: number): ReturnType<Store['register']> {
    return this.exchange('register', () => this.tables.register(incarnation, leaseMs))
  }

  heartbeat(incarnation: string, leaseMs: number): ReturnType<Store['heartbeat']> {
    return this.exchange('heartbeat', () => this.tables.heartbeat(incarnation, leaseMs))
  }

  retire(incarnation: string): Promise<void> {
    return this.exchange('retire', () => this.tables.retire(incarnation))
  }

  claim: Store['claim'] = (claim) => this.exchange('claim', () => this.tables.claim(claim))

  owned: Store['owned'] = (owned) => this.exchange('read', () => this.tables.owned(owned))

  nextDueAt: Store['nextDueAt'] = (applications) =>
    this.exchange('read', () => this.tables.nextDueAt(applications))

  sweep: Store['sweep'] = (sweep) => this.exchange('sweep', () => this.tables.sweep(sweep))

  summary(): ReturnType<Store['summary']> {
    return this.exchange('read', () => this.tables.summary())
  }

  ping(): Promise<void> {
    return this.exchange('read', () => {})
  }

  async close(): Promise<void> {}

  /** `partly` does that share of what was asked, for an answer that gets lost with the rest of the batch. */
  private exchange<Answer>(
    what: string,
    act: () => Answer,
    partly: (share: number) => void = () => {},
    batch: readonly TransactionWrite[] = [],
  ): Promise<Answer> {
    const { schedule, tables } = this
    const { fate, thereMs, backMs, lateMs, share } = this.weather.storeExchange()
    if (batch.length > 0)
      this.trace.add(this.process.name, { kind: 'batch', gids: batch.map(({ gid }) => gid), fate })
    return new Promise((resolve, reject) => {
      const back = (deliver: () => void): void => {
        schedule.after(backMs, () => this.process.receive(deliver))
      }
      const lost = (): void => {
        this.trace.add(this.process.name, { kind: 'lost', what })
        back(() => reject(new Error(`the connection was lost amid ${what}`)))
      }
      schedule.after(thereMs, () => {
        switch (tables.isDown ? 'unavailable' : fate) {
          case 'unavailable':
            back(() => reject(new StoreUnavailable(`no ${what}: the store is away`)))
            return
          case 'answered': {
            const answer = act()
            back(() => resolve(answer))
            return
          }
          case 'request-lost':
            lost()
            return
          case 'answer-lost':
            act()
            lost()
            return
          case 'cut':
            partly(share)
            lost()
            return
          case 'late':
            schedule.after(lateMs, () => {
              if (!tables.isDown) act()
            })
            lost()
            return
        }
      })
    })
  }
}
