import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { BarrierOperation, Call } from '../src/barrier/call.ts'

/** A folder with one database file, and connections to it: a service and the processes beside it. */
export class Accounts {
  readonly folder = mkdtempSync(join(tmpdir(), 'assent-barrier-'))
  readonly file = join(this.folder, 'accounts.db')
  readonly #connections: DatabaseSync[] = []

  /** WAL is on for every connection, as the first one's file says it. */
  connect(): DatabaseSync {
    const database = new DatabaseSync(this.file)
    this.#connections.push(database)
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS effects (what TEXT NOT NULL) STRICT')
    return database
  }

  close(): void {
    for (const database of this.#connections) if (database.isOpen) database.close()
    rmSync(this.folder, { recursive: true })
  }
}

/** What a business function does here: it leaves a line. */
export function apply(database: DatabaseSync, what: string): void {
  database.prepare('INSERT INTO effects VALUES (?)').run(what)
}

/** Every line that was left and kept. */
export function effects(database: DatabaseSync): unknown[] {
  return database
    .prepare('SELECT what FROM effects ORDER BY rowid')
    .all()
    .map(({ what }) => what)
}

export function callOf(op: BarrierOperation, branchId = '01', gid = 'transfer-1'): Call {
  return { gid, branchId, op }
}

/** Ends when `open` is called. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}
