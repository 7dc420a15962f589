export const BARRIER_TABLE = 'assent_barrier'

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/**
 * The statement that creates the barrier's table, for a service that keeps its migrations itself; the
 * barrier creates it where it is missing.
 */
export function barrierTable(table: string = BARRIER_TABLE): string {
  if (!NAME.test(table)) throw new TypeError(`${JSON.stringify(table)} is no name for a table`)
  return `CREATE TABLE IF NOT EXISTS ${table} (
  gid TEXT NOT NULL,
  branch_id TEXT NOT NULL,
  -- origin: action, try, prepare; end: what commits or undoes them. A branch has one end.
  place TEXT NOT NULL CHECK (place IN ('origin', 'end')),
  op TEXT NOT NULL,
  -- planted: put there by the undo of a call that had not come.
  state TEXT NOT NULL CHECK (state IN ('planted', 'ongoing', 'done', 'refused')),
  -- The result or the refusal, as JSON.
  answer TEXT,
  -- Epoch milliseconds.
  created_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  PRIMARY KEY (gid, branch_id, place)
) STRICT, WITHOUT ROWID`
}
