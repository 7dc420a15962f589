import { tableName } from '../table-name.ts'

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin NOT NULL'

/** The statement that creates the barrier's table. */
export function barrierTable(table?: string): string {
  return `CREATE TABLE IF NOT EXISTS ${tableName(table)} (
  gid varchar(64) ${ASCII},
  branch_id varchar(64) ${ASCII},
  -- origin: action, try, prepare; end: what commits or undoes them. A branch has one end.
  place varchar(6) ${ASCII} CHECK (place IN ('origin', 'end')),
  op varchar(16) ${ASCII},
  -- planted: put there by the undo of a call that had not come.
  state varchar(8) ${ASCII} CHECK (state IN ('planted', 'ongoing', 'done', 'refused')),
  -- The result or the refusal, as JSON.
  answer mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  -- Epoch milliseconds.
  created_at bigint NOT NULL,
  touched_at bigint NOT NULL,
  PRIMARY KEY (gid, branch_id, place)
) ENGINE = InnoDB`
}
