import { escapedText } from '../escaped-text.ts'
import { textArray } from './arrays.ts'
import type { Database } from './database.ts'
import { firstOf, type Statement } from './statement.ts'

export const NEXT_DUE: Statement = {
  name: 'next-due',
  text: `
  SELECT min(next.claimable_at) AS "dueAt"
  FROM unnest($1::text[]) AS a(application) CROSS JOIN LATERAL (
    SELECT t.claimable_at FROM transactions AS t
    WHERE t.application = a.application AND t.claimable_at IS NOT NULL ORDER BY t.claimable_at LIMIT 1) AS next`,
}

export async function nextDueAt(database: Database, applications: readonly string[]): Promise<number | null> {
  const values = [textArray(applications.map(escapedText))]
  const { dueAt } = firstOf(await database.read<{ dueAt: number | null }>(NEXT_DUE, values))
  return dueAt
}
