import type { Statement, Value } from './database.ts'

/**
 * The statement with its values written into it. PostgreSQL takes several statements in one message only
 * without parameters beside them.
 */
export function inlined({ sql, values }: Statement): string {
  let place = 0
  const text = sql.replaceAll('?', () => {
    const value = values[place]
    place += 1
    if (value === undefined) throw new TypeError(`a statement has fewer values than places: ${sql}`)
    return literal(value)
  })
  if (place !== values.length) throw new TypeError(`a statement has more values than places: ${sql}`)
  return text
}

/**
 * A value as PostgreSQL reads it, whatever its settings: E'…' takes backslashes as escapes also where
 * standard_conforming_strings is off.
 */
export function literal(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return numeral(value)
  if (typeof value === 'string') return quoted(value)
  return `E'\\\\x${value.toString('hex')}'::bytea`
}

function numeral(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no integer that is exact`)
  // In parentheses: behind another minus sign a bare one would begin a comment.
  return value < 0 ? `(${value})` : String(value)
}

function quoted(value: string): string {
  // It would end the message, and PostgreSQL's texts can't hold it.
  if (value.includes('\0')) throw new TypeError('a text with U+0000 can not be given to PostgreSQL')
  return ` E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
