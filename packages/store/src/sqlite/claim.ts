import type { Store, TransactionRow } from '@assent/engine'
import type { Database } from './database.ts'
import { isAlive } from './incarnations.ts'
import { ANSWER_CHARACTERS_MAX, ROW_COLUMNS, rowOf } from './row.ts'
import { type Text, textKept, textToKeep } from './text.ts'

type Claim = Parameters<Store['claim']>[0]

interface Claimable {
  id: number
  dueAt: number | null
}

const IS_WAITING = 'owner IS NULL AND ended_at IS NULL AND due_at IS NOT NULL'
const IS_OWNED = 'owner IS NOT NULL AND ended_at IS NULL'

export const DUE = `
  SELECT id, due_at AS dueAt FROM transactions INDEXED BY transactions_waiting
  WHERE application = ? AND due_at <= ? AND ${IS_WAITING} ORDER BY due_at LIMIT ?`
export const OWNED = `
  SELECT id, due_at AS dueAt FROM transactions INDEXED BY transactions_owned
  WHERE owner = ? AND application = ? AND ${IS_OWNED} ORDER BY due_at LIMIT ?`
export const NEXT_OWNER = `
  SELECT owner FROM transactions INDEXED BY transactions_owned
  WHERE owner > ? AND ${IS_OWNED} ORDER BY owner LIMIT 1`
export const FIRST_OWNER = `
  SELECT owner FROM transactions INDEXED BY transactions_owned WHERE ${IS_OWNED} ORDER BY owner LIMIT 1`
export const NEXT_DUE = `
  SELECT due_at AS dueAt FROM transactions INDEXED BY transactions_waiting
  WHERE application = ? AND ${IS_WAITING} ORDER BY due_at LIMIT 1`
const TAKE = `
  UPDATE transactions SET owner = ?, write_id = ?, version = version + 1 WHERE id = ? RETURNING ${ROW_COLUMNS}`

/** Fewer rows than asked for when their states are very large: the next claim finds the others. */
export function claim(database: Database, request: Claim): TransactionRow[] {
  const now = database.now()
  // Most looks find nothing, and those wait for nobody who has the file locked.
  if (claimableIn(database, request, now).length === 0) return []
  return database.transaction(() => {
    if (!isAlive(database, request.incarnation, now)) return []
    return take(database, request, claimableIn(database, request, now))
  })
}

/** The oldest due first. */
function claimableIn(database: Database, request: Claim, now: number): Claimable[] {
  const claimable = [...due(database, request, now), ...orphaned(database, request, now)]
  return claimable.sort((one, other) => dueOf(one) - dueOf(other))
}

function take(
  database: Database,
  { incarnation, writeId, limit }: Claim,
  claimable: Claimable[],
): TransactionRow[] {
  const rows: TransactionRow[] = []
  let characters = 0
  for (const { id } of claimable.slice(0, limit)) {
    if (characters >= ANSWER_CHARACTERS_MAX) break
    const row = rowOf(database.sql(TAKE).get(textToKeep(incarnation), textToKeep(writeId), id))
    rows.push(row)
    characters += row.state.length
  }
  return rows
}

export function nextDueAt(database: Database, applications: readonly string[]): number | null {
  const dueTimes = applications.flatMap((application) => {
    const found = database.sql(NEXT_DUE).get(textToKeep(application)) as { dueAt: number } | undefined
    return found === undefined ? [] : [found.dueAt]
  })
  return dueTimes.length === 0 ? null : Math.min(...dueTimes)
}

function due(database: Database, { applications, limit }: Claim, now: number): Claimable[] {
  return [...new Set(applications)].flatMap(
    (application) => database.sql(DUE).all(textToKeep(application), now, limit) as unknown as Claimable[],
  )
}

function orphaned(database: Database, { applications, limit }: Claim, now: number): Claimable[] {
  const found: Claimable[] = []
  for (const owner of owners(database)) {
    if (isAlive(database, textKept(owner), now)) continue
    for (const application of new Set(applications)) {
      const rows = database.sql(OWNED).all(owner, textToKeep(application), limit)
      found.push(...(rows as unknown as Claimable[]))
    }
  }
  return found
}

/** Each owner once: a step of the index for each of them, and not for each row. */
function* owners(database: Database): Generator<Text> {
  let found = database.sql(FIRST_OWNER).get() as { owner: Text } | undefined
  while (found !== undefined) {
    yield found.owner
    found = database.sql(NEXT_OWNER).get(found.owner) as { owner: Text } | undefined
  }
}

/** An orphan without a due time comes first: nothing says that it may wait. */
function dueOf({ dueAt }: Claimable): number {
  return dueAt ?? 0
}
