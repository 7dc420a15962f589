import type { Status } from '@assent/contract'
import type { OpenTransaction, TransactionWrite, WithinAnswer } from '@assent/engine'
import { whyInvalid } from '../batch.ts'
import { escapedText, unescapedText } from '../escaped-text.ts'
import { labelsToKeep } from '../labels.ts'
import { ANOTHER_DATABASE, assertDialect, isYes, notHere, textFrom, WRITTEN } from '../within.ts'
import { quoted } from './session.ts'

/** The caller's session knows nothing of ours: neither its search_path nor how its driver sends anything but text. */
interface Statements {
  write: string
  standing: string
}

const COLUMNS = [
  ['gid', 'text'],
  ['write_id', 'text'],
  ['status', 'text'],
  ['mode', 'text'],
  ['name', 'text'],
  ['application', 'text'],
  ['labels', 'jsonb'],
  ['created_at', 'bigint'],
  ['updated_at', 'bigint'],
  ['due_at', 'bigint'],
  ['ended_at', 'bigint'],
  ['attention', 'boolean'],
  ['content', 'text'],
  ['state', 'text'],
] as const

/**
 * Writes the row, unless there is one, or what is left of one, and answers what this moment shows. Two that insert the
 * same gid wait for each other; then the second one answers neither, or fails where its isolation lets it see no more
 * than it saw at its beginning.
 */
function statementsFor(schema: string): Statements {
  const at = quoted(schema)
  const names = COLUMNS.map(([name]) => name).join(', ')
  const given = COLUMNS.map(([name, type]) => `(?::text)::${type} AS ${name}`).join(', ')
  const standing = `
    SELECT content, status FROM ${at}.transactions AS t WHERE t.gid = (SELECT gid FROM given)
    UNION ALL SELECT content, status FROM ${at}.tombstones AS b WHERE b.gid = (SELECT gid FROM given)`
  return {
    write: `
      WITH given AS MATERIALIZED (SELECT ${given}),
      standing AS MATERIALIZED (${standing}),
      here AS MATERIALIZED (
        SELECT FROM ${at}.incarnations AS i WHERE i.incarnation = ?::text),
      inserted AS (
        INSERT INTO ${at}.transactions (version, ${names})
        SELECT 1, ${names} FROM given WHERE EXISTS (SELECT FROM here) AND NOT EXISTS (SELECT FROM standing)
        ON CONFLICT (gid) DO NOTHING
        RETURNING gid, created_at, labels),
      labelled AS (
        INSERT INTO ${at}.transaction_labels (key, value, created_at, gid)
        SELECT l.key, l.value, i.created_at, i.gid
        FROM inserted AS i CROSS JOIN LATERAL pg_catalog.jsonb_each_text(i.labels) AS l
        WHERE i.labels IS NOT NULL)
      SELECT EXISTS (SELECT FROM here) AS here, EXISTS (SELECT FROM inserted) AS written,
        (SELECT content FROM standing LIMIT 1) AS content, (SELECT status FROM standing LIMIT 1) AS status`,
    standing: `WITH given AS (SELECT ?::text AS gid) ${standing}`,
  }
}

/** As the port has it, for a store in this schema. */
export async function writeWithin(
  schema: string,
  within: OpenTransaction,
  write: TransactionWrite,
  incarnation: string,
): Promise<WithinAnswer> {
  assertDialect(within, 'postgres')
  const reason = whyInvalid(write)
  if (reason !== undefined) return { outcome: 'invalid', reason }
  const statements = statementsFor(schema)
  const values = [...valuesOf(write), escapedText(incarnation)]
  const { rows } = await within.run({ sql: statements.write, values, answers: 'rows' })
  const [found] = rows
  if (!isYes(found?.here)) throw notHere(ANOTHER_DATABASE)
  if (isYes(found?.written)) return WRITTEN
  return standingOf(found) ?? (await whatCameBetween(within, statements, write.gid))
}

/** Another transaction has just committed the same gid. */
async function whatCameBetween(
  within: OpenTransaction,
  { standing }: Statements,
  gid: string,
): Promise<WithinAnswer> {
  const { rows } = await within.run({ sql: standing, values: [escapedText(gid)], answers: 'rows' })
  const found = standingOf(rows[0])
  if (found === undefined) throw new Error(`${gid} was neither written nor found`)
  return found
}

function standingOf(found: Readonly<Record<string, unknown>> | undefined): WithinAnswer | undefined {
  if (found === undefined || found.content === null) return undefined
  return {
    outcome: 'standing',
    content: unescapedText(textFrom(found.content)),
    status: textFrom(found.status) as Status,
  }
}

/** In the order of COLUMNS, as text. */
function valuesOf(write: TransactionWrite): (string | null)[] {
  const number = (value: number | null): string | null => (value === null ? null : String(value))
  return [
    escapedText(write.gid),
    escapedText(write.writeId),
    write.status,
    write.mode,
    escapedText(write.name),
    escapedText(write.application),
    labelsToKeep(write.labels),
    number(write.createdAt),
    number(write.updatedAt),
    number(write.dueAt),
    number(write.endedAt),
    String(write.attention),
    escapedText(write.content),
    escapedText(write.state),
  ]
}
