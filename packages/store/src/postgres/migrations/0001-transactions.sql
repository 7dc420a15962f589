-- Text that PostgreSQL can not hold, with U+0000 or an unpaired surrogate, is escaped. It is compared by its bytes,
-- whatever the database's own collation is. Times are epoch milliseconds.

-- The store's time, for every statement that needs it.
CREATE FUNCTION store_now() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;

CREATE TABLE transactions (
  gid text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  owner text COLLATE "C",
  write_id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  mode text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  application text COLLATE "C" NOT NULL,
  -- An object of texts, NULL when there are none.
  labels jsonb,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  due_at bigint,
  ended_at bigint,
  attention boolean NOT NULL,
  content text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  -- Indexed in place of due_at, which changes with every write of whoever drives it: a write that changes no indexed
  -- column leaves all indexes alone.
  claimable_at bigint GENERATED ALWAYS AS (CASE WHEN owner IS NULL AND ended_at IS NULL THEN due_at END) STORED
) WITH (
  -- Every row is written at least twice, and its second version finds room beside the first: the server's log is a
  -- quarter shorter for it with two writes and half as long with three, and the table twice as large as it could be.
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02,
  toast.autovacuum_vacuum_scale_factor = 0.05
);

-- Faster than the older compression, where the server was built with it.
DO $$
BEGIN
  ALTER TABLE transactions ALTER COLUMN state SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- For the filters of a listing, in its order: newest first, ties by gid. Each costs every write of the rows in it, so
-- that what most rows have in common has none: a walk by time meets such rows at once. POSIX is another name for the
-- order of "C": a look-up by gid can not take one of these for the primary key.
CREATE INDEX transactions_created ON transactions (created_at, gid COLLATE "POSIX");
CREATE INDEX transactions_name ON transactions (name, created_at, gid COLLATE "POSIX") WHERE name <> '';
CREATE INDEX transactions_active ON transactions (status, created_at, gid COLLATE "POSIX")
  WHERE status NOT IN ('COMMITTED', 'ABORTED');
CREATE INDEX transactions_aborted ON transactions (status, created_at, gid COLLATE "POSIX") WHERE status = 'ABORTED';
CREATE INDEX transactions_mode ON transactions (mode, created_at, gid COLLATE "POSIX") WHERE mode <> 'saga';
CREATE INDEX transactions_attention ON transactions (created_at, gid COLLATE "POSIX") WHERE attention;

-- What a claim looks for: nobody's that are due, and what each owner drives.
CREATE INDEX transactions_claimable ON transactions (application, claimable_at) WHERE claimable_at IS NOT NULL;
CREATE INDEX transactions_owned ON transactions (owner, application) WHERE owner IS NOT NULL AND ended_at IS NULL;

-- What a sweep looks for.
CREATE INDEX transactions_ended ON transactions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE transaction_labels (
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  gid text COLLATE "C" NOT NULL,
  PRIMARY KEY (key, value, created_at, gid)
);

CREATE TABLE tombstones (
  gid text COLLATE "C" PRIMARY KEY,
  content text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  ended_at bigint NOT NULL
);

CREATE INDEX tombstones_ended ON tombstones (ended_at);

-- One that ended stays here, so that it is never revived.
CREATE TABLE incarnations (
  incarnation text COLLATE "C" PRIMARY KEY,
  expires_at bigint NOT NULL,
  -- When it was found to have ended, or retired; NULL as long as its lease may be renewed.
  ended_at bigint
) WITH (fillfactor = 50);
