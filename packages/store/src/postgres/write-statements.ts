import { GIVEN } from './given.ts'
import type { Statement } from './statement.ts'

const COLUMNS = `owner, write_id, status, mode, name, application, created_at, updated_at, due_at, ended_at, attention,
      content, state, labels`
const SET = `
      version = g.expect + 1, owner = g.owner, write_id = g.write_id, status = g.status, mode = g.mode, name = g.name,
      application = g.application, created_at = g.created_at, updated_at = g.updated_at, due_at = g.due_at,
      ended_at = g.ended_at, attention = g.attention, content = g.content, state = g.state, labels = g.labels`

/**
 * Equality that can only be looked up, row by row. Of a plain `=` the planner makes a join, and now and then one that
 * reads a whole index, because that was small when it looked. `OFFSET 0` below is for the same.
 */
const IS_GIVEN = 't.gid = ANY (ARRAY[g.gid])'

/**
 * A sweep turns a row into a tombstone in one commit, so that whatever moment this statement sees shows the one or the
 * other; a row that is made after that moment is met by its gid.
 */
const INSERTED = `
  inserted AS (
    INSERT INTO transactions (gid, version, ${COLUMNS})
    SELECT gid, 1, ${COLUMNS} FROM given AS g
    WHERE g.expect = 0
      AND NOT EXISTS (SELECT FROM transactions AS t WHERE t.gid = g.gid AND t.version > 0 OFFSET 0)
      AND NOT EXISTS (SELECT FROM tombstones AS b WHERE b.gid = g.gid OFFSET 0)
    ON CONFLICT (gid) DO NOTHING
    RETURNING gid, created_at, labels),
  labelled AS (
    INSERT INTO transaction_labels (key, value, created_at, gid)
    SELECT l.key, l.value, i.created_at, i.gid
    FROM inserted AS i CROSS JOIN LATERAL jsonb_each_text(i.labels) AS l
    WHERE i.labels IS NOT NULL)`

/** The gids of those that were stored, but NULL where all were, which is the usual case. */
const STORED = `
  SELECT CASE WHEN count(*) < (SELECT count(*) FROM given) THEN coalesce(array_agg(gid), '{}') END AS gids
  FROM (SELECT gid FROM updated UNION ALL SELECT gid FROM inserted) AS stored`

/**
 * Stores the rows whose condition holds. An update waits for whoever has the row, and then holds its condition against
 * what that one left. Labels and the time of creation hardly ever change; where they do the row is left alone.
 */
export const WRITE: Statement = {
  name: 'write',
  text: `
  WITH ${GIVEN},
  updated AS (
    UPDATE transactions AS t SET ${SET}
    FROM given AS g
    WHERE g.expect > 0 AND ${IS_GIVEN} AND t.version = g.expect
      AND t.created_at IS NOT DISTINCT FROM g.created_at AND t.labels IS NOT DISTINCT FROM g.labels
    RETURNING t.gid),
  ${INSERTED}
  ${STORED}`,
}

/** The same, for rows whose labels or time of creation change. */
export const REWRITE: Statement = {
  name: 'rewrite',
  text: `
  WITH ${GIVEN},
  before AS MATERIALIZED (
    SELECT t.gid, t.created_at, t.labels
    FROM given AS g JOIN transactions AS t ON ${IS_GIVEN} AND t.version = g.expect),
  updated AS (
    UPDATE transactions AS t SET ${SET}
    FROM given AS g
    WHERE g.expect > 0 AND ${IS_GIVEN} AND t.version = g.expect
    RETURNING t.gid, t.created_at, t.labels),
  removed AS (
    DELETE FROM transaction_labels AS l
    USING before AS b JOIN updated AS u ON u.gid = b.gid CROSS JOIN LATERAL jsonb_each_text(b.labels) AS old
    WHERE l.key = ANY (ARRAY[old.key]) AND l.value = old.value AND l.created_at = b.created_at AND l.gid = b.gid
      AND (u.created_at <> b.created_at OR u.labels ->> old.key IS DISTINCT FROM old.value)),
  added AS (
    INSERT INTO transaction_labels (key, value, created_at, gid)
    SELECT new.key, new.value, u.created_at, u.gid
    FROM before AS b JOIN updated AS u ON u.gid = b.gid CROSS JOIN LATERAL jsonb_each_text(u.labels) AS new
    WHERE u.created_at <> b.created_at OR b.labels ->> new.key IS DISTINCT FROM new.value),
  ${INSERTED}
  ${STORED}`,
}
