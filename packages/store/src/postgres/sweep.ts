import type { Store } from '@assent/engine'
import type { Database } from './database.ts'
import { CLOCK } from './incarnations.ts'
import { STATEMENT_MAX_MS } from './session.ts'
import { firstOf, type Statement } from './statement.ts'

type Sweep = Parameters<Store['sweep']>[0]

/**
 * What ended so lately is left for the next sweep. A statement that inserts sees the moment in which it began; were a
 * transaction to begin, end and be swept while it waits, it would see neither the row nor the tombstone.
 */
const LEFT_ALONE_MS = 2 * STATEMENT_MAX_MS

/** Rows that somebody is writing are left for the next sweep. */
export const SWEEP: Statement = {
  name: 'sweep',
  text: `
  WITH ${CLOCK},
  old AS MATERIALIZED (
    SELECT gid FROM tombstones WHERE ended_at < $2::bigint ORDER BY ended_at LIMIT $3::bigint
    FOR UPDATE SKIP LOCKED),
  forgotten AS (
    DELETE FROM tombstones WHERE gid = ANY (ARRAY(SELECT gid FROM old)) RETURNING gid),
  ended AS MATERIALIZED (
    SELECT t.gid FROM transactions AS t
    WHERE t.ended_at IS NOT NULL AND t.ended_at < least($1::bigint, (SELECT now FROM clock) - ${LEFT_ALONE_MS})
    ORDER BY t.ended_at LIMIT $3::bigint FOR UPDATE SKIP LOCKED),
  removed AS (
    DELETE FROM transactions WHERE gid = ANY (ARRAY(SELECT gid FROM ended))
    RETURNING gid, content, status, ended_at, created_at, labels),
  unlabelled AS (
    DELETE FROM transaction_labels AS l
    USING removed AS r CROSS JOIN LATERAL jsonb_each_text(r.labels) AS old
    WHERE r.labels IS NOT NULL
      AND l.key = ANY (ARRAY[old.key]) AND l.value = old.value AND l.created_at = r.created_at AND l.gid = r.gid),
  buried AS (
    INSERT INTO tombstones (gid, content, status, ended_at)
    SELECT gid, content, status, ended_at FROM removed)
  SELECT (SELECT count(*) FROM removed) AS swept, (SELECT count(*) FROM forgotten) AS forgotten`,
}

export async function sweep(
  database: Database,
  { endedBefore, tombstonesBefore, limit }: Sweep,
): Promise<{ swept: number; forgotten: number }> {
  return firstOf(await database.change(SWEEP, [endedBefore, tombstonesBefore, limit]))
}
