import type { Status } from '@assent/contract'
import type { Tombstone, TransactionRow } from '@assent/engine'
import { escapedText, unescapedText } from '../escaped-text.ts'
import { textArray } from './arrays.ts'
import type { Database } from './database.ts'
import type { Statement } from './statement.ts'

/** What stands where a gid is to be written: a row, what is left of one, or nothing. */
export interface Standing {
  row?: Pick<TransactionRow, 'version' | 'owner' | 'writeId'>
  tombstone?: Tombstone
}

export const STANDING: Statement = {
  name: 'standing',
  text: `
  SELECT t.version, t.owner, t.write_id AS "writeId", b.content, b.status, b.ended_at AS "endedAt"
  FROM unnest($1::text[]) WITH ORDINALITY AS g(gid, place)
  LEFT JOIN LATERAL (SELECT * FROM transactions AS row WHERE row.gid = g.gid OFFSET 0) AS t ON TRUE
  LEFT JOIN LATERAL (SELECT * FROM tombstones AS rest WHERE rest.gid = g.gid OFFSET 0) AS b ON TRUE
  ORDER BY g.place`,
}

interface Kept {
  version: number | null
  owner: string | null
  writeId: string
  content: string | null
  status: Status
  endedAt: number
}

/** In the order of the gids. */
export async function readStanding(database: Database, gids: readonly string[]): Promise<Standing[]> {
  const found = await database.read<Kept>(STANDING, [textArray(gids.map(escapedText))])
  return found.map((kept, index) => standingOf(kept, gids[index] ?? ''))
}

function standingOf({ version, owner, writeId, content, status, endedAt }: Kept, gid: string): Standing {
  if (version !== null) {
    return {
      row: { version, owner: owner === null ? null : unescapedText(owner), writeId: unescapedText(writeId) },
    }
  }
  if (content === null) return {}
  return { tombstone: { gid, content: unescapedText(content), status, endedAt } }
}
