import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** One line of the ledger as it is shown. */
export interface LedgerLine {
  id: number
  at: number
  account: string
  gid: string | null
  branch_id: string | null
  op: string
  balance_change_cents: number
  held_change_cents: number
}

export interface Audit {
  accounts: number
  balance_cents: number
  held_cents: number
  /** Money that accounts were opened with. */
  opened_cents: number
  /** Transfers that are held and wait for confirm or cancel. */
  holds: number
  /** Accounts whose balance or holds are not the sum of their lines. Must be empty. */
  unbalanced: string[]
  /** Calls with more than one line. Must be empty. */
  applied_twice: { gid: string; branch_id: string; op: string; lines: number }[]
  /**
   * Branches that were undone or confirmed without having been done or tried, or both confirmed and
   * cancelled. Must be empty.
   */
  contradictory: { gid: string; branch_id: string; ops: string }[]
}

const UNBALANCED = `
SELECT accounts.id FROM accounts LEFT JOIN ledger ON ledger.account = accounts.id
GROUP BY accounts.id
HAVING accounts.balance_cents <> coalesce(sum(balance_change_cents), 0)
    OR accounts.held_cents <> coalesce(sum(held_change_cents), 0)
ORDER BY accounts.id`

const APPLIED_TWICE = `
SELECT gid, branch_id, op, count(*) AS lines FROM ledger WHERE gid IS NOT NULL
GROUP BY gid, branch_id, op HAVING count(*) > 1`

const CONTRADICTORY = `
SELECT gid, branch_id, group_concat(op, ' ' ORDER BY id) AS ops FROM ledger WHERE gid IS NOT NULL
GROUP BY gid, branch_id
HAVING ops NOT IN ('action', 'action compensate', 'try', 'try confirm', 'try cancel')`

/** How a bank's books are read by those who check them. */
export class Books {
  readonly #page: StatementSync
  readonly #pageOfGid: StatementSync
  readonly #sums: StatementSync
  readonly #holds: StatementSync
  readonly #opened: StatementSync
  readonly #unbalanced: StatementSync
  readonly #appliedTwice: StatementSync
  readonly #contradictory: StatementSync

  constructor(database: DatabaseSync) {
    this.#page = database.prepare('SELECT * FROM ledger WHERE id > ? ORDER BY id LIMIT ?')
    this.#pageOfGid = database.prepare('SELECT * FROM ledger WHERE gid = ? AND id > ? ORDER BY id LIMIT ?')
    this.#sums = database.prepare(
      `SELECT count(*) AS accounts, coalesce(sum(balance_cents), 0) AS balance_cents,
              coalesce(sum(held_cents), 0) AS held_cents FROM accounts`,
    )
    this.#holds = database.prepare('SELECT count(*) AS holds FROM holds')
    this.#opened = database.prepare(
      "SELECT coalesce(sum(balance_change_cents), 0) AS opened_cents FROM ledger WHERE op = 'open'",
    )
    this.#unbalanced = database.prepare(UNBALANCED)
    this.#appliedTwice = database.prepare(APPLIED_TWICE)
    this.#contradictory = database.prepare(CONTRADICTORY)
  }

  /** Lines behind the one with id `after`, of one transaction or of all. */
  lines({ gid, after, limit }: { gid: string | undefined; after: number; limit: number }): LedgerLine[] {
    const rows = gid === undefined ? this.#page.all(after, limit) : this.#pageOfGid.all(gid, after, limit)
    return rows as unknown as LedgerLine[]
  }

  /** Reads the whole ledger: for tests and people, not for every minute. */
  audit(): Audit {
    return {
      ...this.#sums.get(),
      ...this.#holds.get(),
      ...this.#opened.get(),
      unbalanced: this.#unbalanced.all().map(({ id }) => String(id)),
      applied_twice: this.#appliedTwice.all(),
      contradictory: this.#contradictory.all(),
    } as unknown as Audit
  }
}
