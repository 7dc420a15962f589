import type { Barrier } from '../../src/barrier/barrier.ts'
import { sqliteBarrier } from '../../src/barrier/sqlite/barrier.ts'
import { Accounts, apply, effects } from '../accounts.ts'
import { MARIADB, PG } from '../sql/libraries.ts'
import type { Library } from '../sql/library.ts'
import { startService } from '../sql/service.ts'

/** A database whose barrier is the inbox of a service. */
export interface Inbox {
  name: string
  open(): Promise<OpenInbox>
}

export interface OpenInbox {
  barrier: Barrier<unknown>
  /** Leaves a line within the transaction of a business function. */
  leave(database: unknown, what: string): Promise<void>
  /** Every line that was left and kept, in order. */
  effects(): Promise<string[]>
  /** As it was at first. */
  clear(): Promise<void>
  close(): Promise<void>
}

export const SQLITE: Inbox = {
  name: 'SQLite',
  open: async () => {
    const accounts = new Accounts()
    const database = accounts.connect()
    return {
      barrier: sqliteBarrier(database) as Barrier<unknown>,
      leave: async (within, what) => apply(within as typeof database, what),
      effects: async () => effects(database) as string[],
      clear: async () => database.exec('DELETE FROM effects; DELETE FROM assent_barrier'),
      close: async () => accounts.close(),
    }
  },
}

export const INBOXES: readonly Inbox[] = [SQLITE, onServer('PostgreSQL', PG), onServer('MariaDB', MARIADB)]

function onServer<Transaction>(name: string, library: Library<Transaction>): Inbox {
  return {
    name,
    open: async () => {
      const { one, effects, clear, close } = await startService(library)
      return {
        barrier: one.barrier as Barrier<unknown>,
        leave: async (within, what) => void (await one.leave(within as Transaction, what)),
        effects: () => effects(),
        clear,
        close,
      }
    },
  }
}
