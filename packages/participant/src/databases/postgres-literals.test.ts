import { describe, expect, it } from 'vitest'
import { inlined, literal } from './postgres-literals.ts'

describe('a literal', () => {
  it.each([
    [null, 'NULL'],
    [0, '0'],
    [1_700_000_000_000, '1700000000000'],
    [-5, '(-5)'],
    ['plain', " E'plain'"],
    ["it's", " E'it''s'"],
    ["\\' OR 1=1 --", " E'\\\\'' OR 1=1 --'"],
    ['', " E''"],
    [Buffer.from([0, 255]), "E'\\\\x00ff'::bytea"],
  ])('of %j is %s', (value, text) => {
    expect(literal(value)).toBe(text)
  })

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('is refused to the number %d', (value) => {
    expect(() => literal(value)).toThrow(TypeError)
  })

  it('is refused to a text that would end the message', () => {
    expect(() => literal('a\0b')).toThrow('U+0000')
  })
})

describe('a statement', () => {
  const statement = (sql: string, values: readonly string[]) => ({ sql, values, answers: 'rows' }) as const

  it('has its values in their order, whatever they hold', () => {
    expect(inlined(statement('SELECT ?, ?', ['$& ?', '$1']))).toBe("SELECT  E'$& ?',  E'$1'")
  })

  it.each([
    ['SELECT ?, ?', ['one']],
    ['SELECT ?', ['one', 'two']],
  ])('%s with %j as its values is an error', (sql, values) => {
    expect(() => inlined(statement(sql, values))).toThrow(TypeError)
  })
})
