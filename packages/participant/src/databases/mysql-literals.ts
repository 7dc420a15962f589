import type { Statement, Value } from './database.ts'

/** The statement with its values written into it, for a library that takes raw SQL without parameters. */
export function mysqlInlined({ sql, values }: Statement): string {
  let place = 0
  const text = sql.replaceAll('?', () => {
    const value = values[place]
    place += 1
    if (value === undefined) throw new TypeError(`a statement has fewer values than places: ${sql}`)
    return mysqlLiteral(value)
  })
  if (place !== values.length) throw new TypeError(`a statement has more values than places: ${sql}`)
  return text
}

/** What no rule for quotes, backslashes or character sets changes: names, as the barrier's texts are. */
const NAME = /^[A-Za-z0-9_-]*$/

/** A value as MySQL reads it, whatever its settings: other texts are given as bytes. */
export function mysqlLiteral(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'object') return `X'${value.toString('hex')}'`
  if (typeof value === 'string') {
    if (NAME.test(value)) return `'${value}'`
    throw new TypeError('a text that is no name is given to MySQL as bytes')
  }
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no integer that is exact`)
  return value < 0 ? `(${value})` : String(value)
}
