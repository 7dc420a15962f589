import { assertWritable, type ReadOnly, type Session } from './session.ts'

const PING = `
  SELECT @@GLOBAL.read_only AS readOnly, (
    SELECT COUNT(*) FROM (SELECT 1 FROM assent_transactions LIMIT 1) AS any_row) AS answered`

/** Whether it answers, the tables are there, and nobody has made the server read-only. */
export async function ping(session: Session): Promise<void> {
  const [found] = await session.query<{ readOnly: ReadOnly }>(PING)
  assertWritable(found?.readOnly)
}
