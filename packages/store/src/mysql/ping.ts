import { StoreUnavailable } from '@assent/engine'
import type { Session } from './session.ts'

const PING = `
  SELECT @@GLOBAL.read_only AS isReadOnly, COUNT(*) AS found
  FROM (SELECT 1 FROM assent_transactions LIMIT 1) AS any_row`

/** Whether it answers, the tables are there, and nobody has made the server read-only. */
export async function ping(session: Session): Promise<void> {
  const [found] = await session.query<{ isReadOnly: number }>(PING)
  if (found?.isReadOnly !== 0) throw new StoreUnavailable('the server is read-only, as a replica is')
}
