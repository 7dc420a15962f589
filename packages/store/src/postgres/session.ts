import type { ClientBase } from 'pg'

/** What a statement may take on the server, milliseconds; locks that it waits for included. */
export const STATEMENT_MAX_MS = 15_000

export interface SessionSettings {
  schema: string
  /** Whether a commit is on the disk when it is answered. */
  isDurable: boolean
}

const SET = `
  SELECT pg_is_in_recovery() AS "isStandby", set_config(s.name, s.value, false)
  FROM unnest($1::text[], $2::text[]) AS s(name, value)
  WHERE current_setting(s.name, TRUE) IS NOT NULL`

/** Makes a new connection ours. Throws when it leads to a server that can't write. */
export async function prepareSession(client: ClientBase, settings: SessionSettings): Promise<void> {
  const entries = Object.entries(settingsOf(settings))
  const { rows } = await client.query(SET, [entries.map(([name]) => name), entries.map(([, value]) => value)])
  if (rows[0].isStandby) throw new Error('the server is a standby, which takes no writes')
}

function settingsOf({ schema, isDurable }: SessionSettings): Record<string, string> {
  return {
    search_path: quoted(schema),
    synchronous_commit: isDurable ? 'on' : 'off',
    default_transaction_isolation: 'read committed',
    statement_timeout: String(STATEMENT_MAX_MS),
    // Only a migration has more than one statement.
    idle_in_transaction_session_timeout: String(STATEMENT_MAX_MS),
    client_min_messages: 'warning',
    // Every statement here finds its rows by an index, in the order of the index. Plans are kept, and one that was made
    // while a table was small would read all of it again and again, until the server's statistics caught up.
    enable_seqscan: 'off',
    enable_bitmapscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    // Costs more than it gains: the statements are short.
    jit: 'off',
  }
}

/** An identifier as SQL has it, whatever characters it holds. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
