import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { Refused } from 'assent/participant'

export interface Account {
  id: string
  status: 'open' | 'closed'
  balanceCents: number
  heldCents: number
}

/** Names what is done in the ledger; `gid` and `branchId` are null for what the bank does by itself. */
export interface Entry {
  gid: string | null
  branchId: string | null
  op: string
}

export interface Hold {
  account: string
  cents: number
}

interface Change {
  balanceCents?: number
  heldCents?: number
}

/**
 * The accounts of one bank. Every change goes through `#book`, which writes its line into the ledger. The
 * methods don't open a transaction: they run in that of their caller.
 */
export class Bank {
  readonly #findAccount: StatementSync
  readonly #changeAccount: StatementSync
  readonly #writeLedger: StatementSync
  readonly #findEntry: StatementSync
  readonly #putHold: StatementSync
  readonly #takeHold: StatementSync
  readonly #countHolds: StatementSync
  readonly #openAccount: StatementSync
  readonly #closeAccount: StatementSync
  readonly #listAccounts: StatementSync

  constructor(database: DatabaseSync) {
    this.#findAccount = database.prepare('SELECT * FROM accounts WHERE id = ?')
    this.#changeAccount = database.prepare(
      'UPDATE accounts SET balance_cents = balance_cents + ?, held_cents = held_cents + ? WHERE id = ?',
    )
    this.#writeLedger = database.prepare(
      `INSERT INTO ledger (at, account, gid, branch_id, op, balance_change_cents, held_change_cents)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#findEntry = database.prepare(
      'SELECT account, balance_change_cents FROM ledger WHERE gid = ? AND branch_id = ? AND op = ?',
    )
    this.#putHold = database.prepare('INSERT INTO holds VALUES (?, ?, ?, ?)')
    this.#takeHold = database.prepare(
      'DELETE FROM holds WHERE gid = ? AND branch_id = ? RETURNING account, cents',
    )
    this.#countHolds = database.prepare('SELECT count(*) AS holds FROM holds WHERE account = ?')
    this.#openAccount = database.prepare("INSERT INTO accounts VALUES (?, 'open', 0, 0)")
    this.#closeAccount = database.prepare("UPDATE accounts SET status = 'closed' WHERE id = ?")
    this.#listAccounts = database.prepare('SELECT * FROM accounts WHERE id > ? ORDER BY id LIMIT ?')
  }

  account(id: string): Account | undefined {
    const row = this.#findAccount.get(id)
    return row && accountOf(row)
  }

  /** In the order of their ids, behind `after`. */
  accounts(after: string, limit: number): Account[] {
    return this.#listAccounts.all(after, limit).map(accountOf)
  }

  open(id: string, cents: number): Account {
    if (this.account(id)) throw new Refused('ACCOUNT_EXISTS', `there is an account ${id} already`)
    this.#openAccount.run(id)
    return this.#book({ gid: null, branchId: null, op: 'open' }, id, { balanceCents: cents })
  }

  close(id: string): Account {
    const account = this.#mustExist(id)
    if (Number(this.#countHolds.get(id)?.holds) > 0) {
      throw new Refused('ACCOUNT_IN_USE', `a transfer of account ${id} is not decided yet`)
    }
    this.#closeAccount.run(id)
    return { ...account, status: 'closed' }
  }

  withdraw(entry: Entry, id: string, cents: number): Account {
    this.#mustHave(this.#mustBeOpen(id), cents)
    return this.#book(entry, id, { balanceCents: -cents })
  }

  deposit(entry: Entry, id: string, cents: number): Account {
    this.#mustBeOpen(id)
    return this.#book(entry, id, { balanceCents: cents })
  }

  /** Turns round what `undone` did to the balance, on a closed account too. */
  undo(entry: Entry, undone: string): Account {
    const line = this.#findEntry.get(entry.gid, entry.branchId, undone)
    if (!line) throw new Error(`the ledger has no ${undone} of branch ${entry.branchId} of ${entry.gid}`)
    const cents = Number(line.balance_change_cents)
    const account = this.#mustExist(String(line.account))
    // An undo can't be refused for good: it is asked again, and done once the money is back.
    if (cents > 0) this.#mustHave(account, cents, 'ALREADY_SPENT')
    return this.#book(entry, account.id, { balanceCents: -cents })
  }

  /** Sets money aside that `confirm` takes out. */
  holdOut(entry: Entry, id: string, cents: number): Account {
    this.#mustHave(this.#mustBeOpen(id), cents)
    this.#putHold.run(entry.gid, entry.branchId, id, cents)
    return this.#book(entry, id, { heldCents: cents })
  }

  /** Promises that the account takes this money: until then it can't be closed. */
  holdIn(entry: Entry, id: string, cents: number): Account {
    this.#mustBeOpen(id)
    this.#putHold.run(entry.gid, entry.branchId, id, cents)
    return this.#book(entry, id, {})
  }

  /** Ends a hold, with whatever that does to the account. */
  endHold(entry: Entry, changeOf: (cents: number) => Change): Account {
    const row = this.#takeHold.get(entry.gid, entry.branchId)
    if (!row) throw new Error(`nothing is held for branch ${entry.branchId} of ${entry.gid}`)
    return this.#book(entry, String(row.account), changeOf(Number(row.cents)))
  }

  #book(entry: Entry, id: string, { balanceCents = 0, heldCents = 0 }: Change): Account {
    this.#changeAccount.run(balanceCents, heldCents, id)
    const line: SQLInputValue[] = [
      Date.now(),
      id,
      entry.gid,
      entry.branchId,
      entry.op,
      balanceCents,
      heldCents,
    ]
    this.#writeLedger.run(...line)
    return this.#mustExist(id)
  }

  #mustExist(id: string): Account {
    const account = this.account(id)
    if (!account) throw new Refused('UNKNOWN_ACCOUNT', `there is no account ${id}`)
    return account
  }

  #mustBeOpen(id: string): Account {
    const account = this.#mustExist(id)
    if (account.status === 'closed') throw new Refused('ACCOUNT_CLOSED', `account ${id} is closed`)
    return account
  }

  #mustHave(account: Account, cents: number, code = 'INSUFFICIENT_FUNDS'): void {
    const availableCents = account.balanceCents - account.heldCents
    if (availableCents >= cents) return
    throw new Refused(code, `account ${account.id} has ${availableCents} cents available, not ${cents}`, {
      account: account.id,
      available_cents: availableCents,
      needed_cents: cents,
    })
  }
}

function accountOf(row: Record<string, unknown>): Account {
  return {
    id: String(row.id),
    status: row.status === 'open' ? 'open' : 'closed',
    balanceCents: Number(row.balance_cents),
    heldCents: Number(row.held_cents),
  }
}
