import { type Store, StoreUnavailable, type TransactionRow } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import { textArray } from './arrays.ts'
import type { Database } from './database.ts'
import { CLOCK, IS_ALIVE } from './incarnations.ts'
import { ANSWER_BYTES_MAX, type KeptRow, ROW_COLUMNS, rowOf } from './row.ts'
import type { Statement } from './statement.ts'

type Claim = Parameters<Store['claim']>[0]

/** How often a claim is repeated that others were quicker than. */
const ROUNDS_MAX = 5

const IS_OWNED = 't.owner IS NOT NULL AND t.ended_at IS NULL'

/**
 * Each owner once: a step of the index for each of them, and not for each row. Backwards, because what an owner has
 * finished lies before what it has begun, and stays in the index until it is vacuumed.
 */
const OWNERS = `
  owners AS (
    (SELECT t.owner FROM transactions AS t WHERE ${IS_OWNED} ORDER BY t.owner DESC LIMIT 1)
    UNION ALL
    SELECT (
      SELECT t.owner FROM transactions AS t WHERE t.owner < owners.owner AND ${IS_OWNED} ORDER BY t.owner DESC LIMIT 1)
    FROM owners WHERE owners.owner IS NOT NULL)`

/**
 * Those whose owner ended, or was never registered. A lease that has run out is ended here for good: a heartbeat that
 * comes later, however early it set out, finds it so; one that came first is waited for, and then it is not ended.
 */
const GONE = `
  expired AS (
    UPDATE incarnations AS i SET ended_at = clock.now FROM owners CROSS JOIN clock
    WHERE i.incarnation = owners.owner AND i.ended_at IS NULL AND i.expires_at <= clock.now
    RETURNING i.incarnation),
  gone AS MATERIALIZED (
    SELECT owner FROM owners
    WHERE owner IS NOT NULL
      AND NOT EXISTS (SELECT FROM incarnations AS i WHERE i.incarnation = owners.owner AND i.ended_at IS NULL)
    UNION ALL
    SELECT incarnation FROM expired)`

const IS_DUE = 't.claimable_at IS NOT NULL AND t.claimable_at <= (SELECT now FROM clock)'

/**
 * How many of the oldest are nobody's, and how many each owner's that is gone, for each application. Each share is
 * then taken from its own index, past rows that somebody else has just now, and no row is locked that is not taken.
 */
const SHARES = `
  found AS (
    SELECT NULL::text AS owner, a.application, due.at
    FROM applications AS a CROSS JOIN LATERAL (
      SELECT t.claimable_at AS at FROM transactions AS t
      WHERE t.application = a.application AND ${IS_DUE} ORDER BY t.claimable_at LIMIT $3::bigint) AS due
    UNION ALL
    SELECT gone.owner, a.application, orphaned.at
    FROM applications AS a CROSS JOIN gone CROSS JOIN LATERAL (
      SELECT coalesce(t.due_at, 0) AS at FROM transactions AS t
      WHERE t.owner = gone.owner AND t.application = a.application AND ${IS_OWNED} ORDER BY 1 LIMIT $3::bigint
    ) AS orphaned),
  shares AS MATERIALIZED (
    SELECT owner, application, count(*) AS number
    FROM (SELECT owner, application FROM found ORDER BY at LIMIT $3::bigint) AS oldest GROUP BY owner, application)`

const LOCKED = `
  locked AS MATERIALIZED (
    SELECT due.* FROM shares AS s CROSS JOIN LATERAL (
      SELECT t.gid, t.claimable_at AS at, octet_length(t.state) AS bytes FROM transactions AS t
      WHERE t.application = s.application AND ${IS_DUE}
      ORDER BY t.claimable_at LIMIT s.number FOR UPDATE SKIP LOCKED) AS due
    WHERE s.owner IS NULL
    UNION ALL
    SELECT orphaned.* FROM shares AS s CROSS JOIN LATERAL (
      SELECT t.gid, coalesce(t.due_at, 0) AS at, octet_length(t.state) AS bytes FROM transactions AS t
      WHERE t.owner = s.owner AND t.application = s.application AND ${IS_OWNED}
      ORDER BY 2 LIMIT s.number FOR UPDATE SKIP LOCKED) AS orphaned
    WHERE s.owner IS NOT NULL)`

/** `wanted` and `locked` tell whether others were quicker; they come with a row of nulls when nothing was claimed. */
export const CLAIM: Statement = {
  name: 'claim',
  text: `
  WITH RECURSIVE ${CLOCK},
  applications AS MATERIALIZED (
    SELECT DISTINCT a.application FROM unnest($2::text[]) AS a(application)
    WHERE EXISTS (SELECT FROM incarnations AS i CROSS JOIN clock WHERE i.incarnation = $1::text AND ${IS_ALIVE})),
  ${OWNERS},
  ${GONE},
  ${SHARES},
  ${LOCKED},
  fitting AS (
    SELECT gid FROM (SELECT gid, sum(bytes) OVER (ORDER BY at, gid) - bytes AS before FROM locked) AS running
    WHERE before < ${ANSWER_BYTES_MAX}),
  claimed AS (
    UPDATE transactions AS t SET owner = $1::text, write_id = $4::text, version = t.version + 1
    WHERE t.gid = ANY (ARRAY(SELECT gid FROM fitting))
    RETURNING ${ROW_COLUMNS})
  SELECT counts.*, claimed.*
  FROM (
    SELECT coalesce((SELECT sum(number) FROM shares), 0)::bigint AS wanted, (SELECT count(*) FROM locked) AS locked
  ) AS counts LEFT JOIN claimed ON TRUE`,
}

type Claimed = { wanted: number; locked: number } & (KeptRow | { gid: null })

/** Fewer rows than asked for when their states are very large: the next claim finds the others. */
export async function claim(
  database: Database,
  { incarnation, applications, limit, writeId }: Claim,
): Promise<TransactionRow[]> {
  const rows: TransactionRow[] = []
  for (let round = 1; round <= ROUNDS_MAX && rows.length < limit; round += 1) {
    const found = await claimOnce(database, rows, [
      escapedText(incarnation),
      textArray(applications.map(escapedText)),
      limit - rows.length,
      escapedText(writeId),
    ])
    const claimed = found.filter((one) => one.gid !== null)
    rows.push(...claimed.map(rowOf))
    const { wanted = 0, locked = 0 } = found[0] ?? {}
    if (locked >= wanted || claimed.length < locked) break
  }
  return rows.sort((one, other) => dueOf(one) - dueOf(other))
}

/** Where a repetition did not happen, what was claimed before it still counts. */
async function claimOnce(
  database: Database,
  before: readonly TransactionRow[],
  values: readonly unknown[],
): Promise<Claimed[]> {
  try {
    return await database.change<Claimed>(CLAIM, values)
  } catch (error) {
    if (before.length > 0 && error instanceof StoreUnavailable) return []
    throw error
  }
}

/** An orphan without a due time comes first: nothing says that it may wait. */
function dueOf({ dueAt }: TransactionRow): number {
  return dueAt ?? 0
}
