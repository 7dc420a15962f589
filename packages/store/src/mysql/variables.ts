import type { Session } from './session.ts'

/** Settings of the server by their names, as it shows them; what this server does not have is missing. */
export type Variables = ReadonlyMap<string, string>

const NAMES = [
  'binlog_format',
  'innodb_doublewrite',
  'innodb_flush_log_at_trx_commit',
  'log_bin',
  'max_allowed_packet',
  'sync_binlog',
]
/** What MySQL shows among its figures instead. */
const STATUS_NAMES = ['Innodb_redo_log_enabled']

export async function readVariables(session: Session): Promise<Variables> {
  const rows = await session.query<Shown>('SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)', [NAMES])
  const status = await session.query<Shown>('SHOW GLOBAL STATUS WHERE Variable_name IN (?)', [STATUS_NAMES])
  return new Map([...rows, ...status].map((row) => [row.Variable_name, row.Value]))
}

interface Shown {
  Variable_name: string
  Value: string
}
