-- Columns declared ANY hold text: as TEXT, or as a BLOB of UTF-16LE when it contains U+0000 or an unpaired
-- surrogate, which SQLite's own text does not give back unchanged. Times are epoch milliseconds.

CREATE TABLE transactions (
  id INTEGER PRIMARY KEY,
  gid ANY NOT NULL,
  version INTEGER NOT NULL,
  owner ANY,
  write_id ANY NOT NULL,
  status TEXT NOT NULL,
  mode TEXT NOT NULL,
  name ANY NOT NULL,
  application ANY NOT NULL,
  -- A JSON object, NULL when there are none.
  labels TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  due_at INTEGER,
  ended_at INTEGER,
  attention INTEGER NOT NULL CHECK (attention IN (0, 1)),
  content ANY NOT NULL,
  state ANY NOT NULL
) STRICT;

CREATE UNIQUE INDEX transactions_gid ON transactions (gid);

-- One index for each filter of a listing, in the order of the listing: newest first, ties by gid.
-- Each costs every write some time, so that what few rows have is indexed for those rows only.
CREATE INDEX transactions_created ON transactions (created_at, gid);
CREATE INDEX transactions_mode ON transactions (mode, created_at, gid);
CREATE INDEX transactions_name ON transactions (name, created_at, gid) WHERE name <> '';
CREATE INDEX transactions_status ON transactions (status, created_at, gid);
CREATE INDEX transactions_attention ON transactions (created_at, gid) WHERE attention = 1;

-- What a claim looks for: nobody's that are due, and what each owner drives.
CREATE INDEX transactions_waiting ON transactions (application, due_at)
  WHERE owner IS NULL AND ended_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX transactions_owned ON transactions (owner, application, due_at)
  WHERE owner IS NOT NULL AND ended_at IS NULL;

-- What a sweep looks for.
CREATE INDEX transactions_sweep ON transactions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE transaction_labels (
  key ANY NOT NULL,
  value ANY NOT NULL,
  created_at INTEGER NOT NULL,
  gid ANY NOT NULL,
  transaction_id INTEGER NOT NULL,
  PRIMARY KEY (key, value, created_at, gid)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstones (
  gid ANY PRIMARY KEY,
  content ANY NOT NULL,
  status TEXT NOT NULL,
  ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tombstones_ended ON tombstones (ended_at);

-- One that ended stays here, so that it is never revived.
CREATE TABLE incarnations (
  incarnation ANY PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
