import type { Database, Session } from '../../src/databases/database.ts'

/** The same database, but something is done whenever a relay has looked for what waits, before it hears of it. */
export function behindReads(database: Database<unknown>, then: () => unknown): Database<unknown> {
  const told = (session: Session): Session => ({
    dialect: session.dialect,
    run: async (statement) => {
      const result = await session.run(statement)
      if (statement.sql.includes('AS size')) await then()
      return result
    },
  })
  return {
    dialect: database.dialect,
    transact: (plan) =>
      database.transact({
        ...plan,
        work: (opened) => plan.work({ ...opened, session: told(opened.session) }),
      }),
  }
}
