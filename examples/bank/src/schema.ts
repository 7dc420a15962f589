import { DatabaseSync } from 'node:sqlite'

/**
 * How hard a commit is pressed on the disk. Anything below FULL may lose what was answered when the power
 * fails.
 */
export type Synchronous = 'FULL' | 'EXTRA' | 'NORMAL' | 'OFF'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS accounts (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  balance_cents INTEGER NOT NULL CHECK (balance_cents >= 0),
  -- Set aside by tries that are neither confirmed nor cancelled; part of the balance.
  held_cents INTEGER NOT NULL CHECK (held_cents BETWEEN 0 AND balance_cents)
) STRICT;

-- What was tried and waits for its confirm or cancel.
CREATE TABLE IF NOT EXISTS holds (
  gid TEXT NOT NULL,
  branch_id TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts (id),
  cents INTEGER NOT NULL CHECK (cents > 0),
  PRIMARY KEY (gid, branch_id)
) STRICT;

-- One line for everything that was ever done to an account. It has no unique key for a call on purpose:
-- were a call applied twice, the ledger would show it.
CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER PRIMARY KEY,
  -- Epoch milliseconds.
  at INTEGER NOT NULL,
  account TEXT NOT NULL REFERENCES accounts (id),
  -- Null for what the bank did by itself.
  gid TEXT,
  branch_id TEXT,
  op TEXT NOT NULL,
  balance_change_cents INTEGER NOT NULL,
  held_change_cents INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS ledger_by_call ON ledger (gid, branch_id, op);
CREATE INDEX IF NOT EXISTS ledger_by_account ON ledger (account);
`

/** Opens a bank's file, and creates what it lacks. */
export function openDatabase(file: string, synchronous: Synchronous): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${synchronous}`)
  database.exec(SCHEMA)
  return database
}
