-- Text that UTF-8 can not hold, or U+0000, is escaped. It is compared by its characters alone. Times are epoch
-- milliseconds. Every statement may run again: in MySQL each is a commit of its own.

CREATE TABLE IF NOT EXISTS assent_transactions (
  created_at BIGINT NOT NULL,
  gid VARCHAR(100) NOT NULL,
  -- A write that expects another version sets it to NULL, which fails the statement; see put.ts.
  version BIGINT NOT NULL CHECK (version > 0),
  owner VARCHAR(255),
  write_id VARCHAR(255) NOT NULL,
  status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  mode VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- 128 characters, each of which escaping may make five of.
  name VARCHAR(640) NOT NULL,
  application VARCHAR(255) NOT NULL,
  -- A JSON object, NULL when there are none.
  labels TEXT,
  updated_at BIGINT NOT NULL,
  due_at BIGINT,
  ended_at BIGINT,
  attention TINYINT NOT NULL,
  content VARCHAR(255) NOT NULL,
  -- So that an answer of many rows can be bounded before the states are read.
  state_bytes INT NOT NULL,
  state MEDIUMTEXT NOT NULL,

  -- Rows lie in the order of a listing, newest first from its end: new rows come to those that are in memory anyway,
  -- and each further index for a filter ends with this order by itself.
  PRIMARY KEY (created_at, gid),
  UNIQUE KEY assent_gid (gid),

  -- An index here holds every row and costs every write some time, so that filters that few rows fit have their
  -- entries in assent_marks, and those that most fit have none.
  KEY assent_name (name, created_at, gid),

  -- Whose turn it is: what waits for anyone, what each owner drives, and what has ended, in the order in which a claim
  -- and a sweep take it. One index for all three, because each entry moves when its row does. With the status it also
  -- says all that figures and listings of what has not ended ask.
  KEY assent_turn (ended_at, owner, application, due_at, status)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

-- What few rows have: labels, attention, a mode that is not saga, a status of ABORTED. MySQL has no indexes of some
-- rows only.
CREATE TABLE IF NOT EXISTS assent_marks (
  -- A digest (SHA-256) of the mark, because a label may be longer than a key.
  mark BINARY(32) NOT NULL,
  created_at BIGINT NOT NULL,
  gid VARCHAR(100) NOT NULL,
  PRIMARY KEY (mark, created_at, gid)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS assent_tombstones (
  gid VARCHAR(100) NOT NULL,
  content VARCHAR(255) NOT NULL,
  status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ended_at BIGINT NOT NULL,
  PRIMARY KEY (gid),
  KEY assent_ended (ended_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};

CREATE TABLE IF NOT EXISTS assent_incarnations (
  incarnation VARCHAR(255) NOT NULL,
  expires_at BIGINT NOT NULL,
  -- When it was found to have ended, or retired; NULL as long as its lease may be renewed. It stays here, so that it is
  -- never revived, whatever the server's clock does.
  ended_at BIGINT,
  PRIMARY KEY (incarnation),
  KEY assent_ended (ended_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation};
