import { tableName } from '../table-name.ts'

/** The statement that creates the barrier's table. */
export function barrierTable(table?: string): string {
  return `CREATE TABLE IF NOT EXISTS ${tableName(table)} (
  gid text COLLATE "C" NOT NULL,
  branch_id text COLLATE "C" NOT NULL,
  -- origin: action, try, prepare; end: what commits or undoes them. A branch has one end.
  place text COLLATE "C" NOT NULL CHECK (place IN ('origin', 'end')),
  op text NOT NULL,
  -- planted: put there by the undo of a call that had not come.
  state text NOT NULL CHECK (state IN ('planted', 'ongoing', 'done', 'refused')),
  -- The result or the refusal, as JSON; json types refuse some of it.
  answer text,
  -- Epoch milliseconds.
  created_at bigint NOT NULL,
  touched_at bigint NOT NULL,
  PRIMARY KEY (gid, branch_id, place)
)`
}
