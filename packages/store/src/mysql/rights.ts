import type { Session } from './session.ts'

/** Our tables, each with a column that it may be asked to change. */
const COLUMNS = {
  assent_transactions: 'gid',
  assent_marks: 'gid',
  assent_tombstones: 'gid',
  assent_incarnations: 'incarnation',
}

/** Does with each table whatever is done with it, and to no row. Rejects with the server's refusal. */
export async function tryRights(session: Session): Promise<void> {
  for (const [table, column] of Object.entries(COLUMNS)) {
    await session.run(`INSERT INTO ${table} SELECT * FROM ${table} WHERE FALSE`)
    await session.run(`UPDATE ${table} SET ${column} = ${column} WHERE FALSE`)
    await session.run(`DELETE FROM ${table} WHERE FALSE`)
  }
}
