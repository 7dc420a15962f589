import { StoreUnavailable } from '@assent/engine'
import type { Connections } from '../connections.ts'
import type { Address } from './address.ts'
import { isContention, wasRolledBack, wordsOf } from './error-codes.ts'
import { Pool } from './pool.ts'
import { Session } from './session.ts'

/** How often a transaction begins that others stand in the way of. */
export const ATTEMPTS_MAX = 5

/** A migration holds a lock with one connection and makes tables with another. */
const CONNECTIONS_MIN = 2

/** A commit was sent, and whether it happened nobody knows. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The way to the server. Each use of a connection is one transaction, and nothing lasts without its commit. */
export class Database {
  private readonly pool: Pool
  private readonly running = new Set<Promise<unknown>>()
  private isClosing = false

  constructor(address: Address, connections: Connections) {
    const max = Math.max(CONNECTIONS_MIN, connections.max)
    this.pool = new Pool(() => Session.open(address), { ...connections, max })
  }

  /** For work that only reads. Rejects with StoreUnavailable when there is no answer, for whatever reason. */
  async read<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    try {
      return await this.transaction(work)
    } catch (error) {
      throw unavailable(error)
    }
  }

  /**
   * Durable when it resolves, and done again while others stand in its way. Rejects with StoreUnavailable when nothing
   * was written, and with any other error when it is unknown.
   */
  async change<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.transaction(work)
      } catch (error) {
        if (isContention(error) && attempt < ATTEMPTS_MAX) continue
        throw certain(error)
      }
    }
  }

  /**
   * Rejects with OutcomeUnknown when the commit may have happened, and with whatever else went wrong when nothing was
   * written.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.use(async (session) => {
      const result = await work(session)
      await commit(session)
      return result
    })
  }

  private use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.counted(async () => {
      if (this.isClosing) throw new StoreUnavailable('the store is not open')
      const session = await this.pool.acquire()
      try {
        return await work(session)
      } catch (error) {
        // Whatever state the session is in ends with it.
        await session.run('ROLLBACK').catch((failure: Error) => session.break(failure))
        throw error
      } finally {
        this.pool.release(session)
      }
    })
  }

  /** What was asked before is answered before: each takes its time at most. */
  async close(): Promise<void> {
    this.isClosing = true
    await Promise.allSettled(this.running)
    await this.pool.close()
  }

  private async counted<Result>(work: () => Promise<Result>): Promise<Result> {
    const promise = work()
    this.running.add(promise)
    try {
      return await promise
    } finally {
      this.running.delete(promise)
    }
  }
}

/** What `transaction` rejected with, as the port has it: nothing was written, or it is unknown. */
export function certain(error: unknown): Error {
  return error instanceof OutcomeUnknown ? error : unavailable(error)
}

function unavailable(cause: unknown): StoreUnavailable {
  return cause instanceof StoreUnavailable ? cause : new StoreUnavailable(wordsOf(cause), { cause })
}

async function commit(session: Session): Promise<void> {
  try {
    await session.run('COMMIT')
  } catch (cause) {
    if (wasRolledBack(cause)) throw cause
    const unknown = new OutcomeUnknown(`whether the commit happened is unknown: ${wordsOf(cause)}`, { cause })
    session.break(unknown)
    throw unknown
  }
}
