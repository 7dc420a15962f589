import { StoreUnavailable } from '@assent/engine'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'

const PING: Statement = {
  name: 'ping',
  text: `
  SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"
  FROM (SELECT count(*) FROM (SELECT FROM transactions LIMIT 1) AS any_row) AS answered`,
}

/** Whether it answers, the tables are there, and nobody has made the database read-only. */
export async function ping(database: Database): Promise<void> {
  const [found] = await database.read<{ isReadOnly: boolean }>(PING)
  if (found?.isReadOnly) throw new StoreUnavailable('the database is read-only')
}
