import { tableName } from '../table-name.ts'

/** The statement that creates the barrier's table. */
export function barrierTable(table?: string): string {
  return `CREATE TABLE IF NOT EXISTS ${tableName(table)} (
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
