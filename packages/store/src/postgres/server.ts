import type { PoolClient } from 'pg'
import { type Durability, remedyFor, weaknessesOf } from './weaknesses.ts'

/** The first version that has all that is used, as the server numbers it. */
const VERSION_MIN = 140_000

/** What the server says of itself. */
export interface ServerFound extends Durability {
  version: number
  versionName: string
  encoding: string
}

/** What is wrong, and what to do about it. */
export type Objection = [wrong: string, remedy: string]

const SERVER = `
  SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS "versionName",
    current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS "fullPageWrites"`

export async function findServer(client: PoolClient): Promise<ServerFound> {
  const { rows } = await client.query(SERVER)
  return rows[0]
}

/** Why transactions can not be entrusted to it; undefined when they can. */
export function objectionTo(
  found: ServerFound,
  acceptedWeaknesses: readonly string[],
): Objection | undefined {
  if (found.version < VERSION_MIN) {
    return [`its version is ${found.versionName}`, 'PostgreSQL 14 or a later version is needed']
  }
  if (found.encoding !== 'UTF8') {
    return [
      `the encoding of the database is ${found.encoding}`,
      'make a database with the encoding UTF8 and name it in the URL',
    ]
  }
  const refused = weaknessesOf(found).filter((name) => !acceptedWeaknesses.includes(name))
  if (refused.length === 0) return undefined
  return [`it is configured to keep less than it acknowledges: ${refused.join(', ')}`, remedyFor(refused)]
}
