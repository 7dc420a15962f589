import { type Statement, WorkLost } from './database.ts'

const DIVISION_BY_ZERO = '22012'

/**
 * The last statement of a transaction, made to fail where its count is not 1: the COMMIT that is sent together
 * with it is out of our hands by the time that a count could be looked at.
 */
export function failingUnlessOne({ sql, values, answers }: Statement): Statement {
  const counted = answers === 'count' ? `${sql} RETURNING 1` : sql
  return {
    sql: `WITH last AS (${counted}) SELECT 1 / (count(*) = 1)::integer AS one FROM last`,
    values,
    answers: 'rows',
  }
}

/** What to throw for what such a statement threw. */
export function lostOr(thrown: unknown): unknown {
  const { code } = thrown as { code?: unknown }
  return code === DIVISION_BY_ZERO ? new WorkLost() : thrown
}
