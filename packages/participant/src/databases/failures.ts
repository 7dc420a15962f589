/** What failures of statements say, whichever library has wrapped them. */

/** Serialisation failure, deadlock, lock not available. */
const POSTGRES_CONTENTION = new Set(['40001', '40P01', '55P03'])
/** Lock wait timeout, deadlock, and MariaDB's name for a row that was changed since it was read. */
const MYSQL_CONTENTION = new Set([1205, 1213, 1020])

/** What Prisma calls a deadlock or a serialisation failure where it keeps the database's own code to itself. */
const PRISMA_CONTENTION = 'P2034'

const POSTGRES_NO_TABLE = '42P01'
const MYSQL_NO_TABLE = 1146

/** Where libraries keep the failure that they wrap. */
const WRAPPINGS = ['cause', 'driverError', 'driverAdapterError', 'originalError', 'parent', 'meta'] as const
/** Wrappings within wrappings; more is a circle. */
const WRAPPINGS_MAX = 8

/**
 * Whether others stood in the way, so that everything was undone, or is to be undone, and it helps to start
 * again: a deadlock, a serialisation failure, a lock that was not to be had.
 */
export function isContention(thrown: unknown): boolean {
  return failuresIn(thrown).some(
    ({ state, number }) =>
      POSTGRES_CONTENTION.has(state) || MYSQL_CONTENTION.has(number) || state === PRISMA_CONTENTION,
  )
}

/** Whether a statement named a table that isn't there. */
export function isMissingTable(thrown: unknown): boolean {
  return failuresIn(thrown).some(
    ({ state, number }) => state === POSTGRES_NO_TABLE || number === MYSQL_NO_TABLE,
  )
}

interface Failure {
  /** SQLSTATE, as PostgreSQL's drivers give it; '' where there is none. */
  state: string
  /** Error number, as MySQL's drivers give it; 0 where there is none. */
  number: number
}

function failuresIn(thrown: unknown): Failure[] {
  const failures: Failure[] = []
  const waiting = [thrown]
  while (waiting.length > 0 && failures.length < WRAPPINGS_MAX) {
    const one = waiting.shift()
    if (typeof one !== 'object' || one === null) continue
    const { code, errno, originalCode } = one as { code?: unknown; errno?: unknown; originalCode?: unknown }
    const state = code ?? originalCode
    failures.push({ state: String(state ?? ''), number: Number(errno ?? state) || 0 })
    waiting.push(...WRAPPINGS.map((name) => (one as Record<string, unknown>)[name]))
  }
  return failures
}
