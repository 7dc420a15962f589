import { describe, expect, it } from 'vitest'
import { mysqlInlined, mysqlLiteral } from './mysql-literals.ts'

describe('a value that is written into a statement for MySQL', () => {
  it('reads the same whatever the settings of the server are', () => {
    expect(mysqlLiteral(null)).toBe('NULL')
    expect(mysqlLiteral(1_700_000_000_000)).toBe('1700000000000')
    expect(mysqlLiteral(-1)).toBe('(-1)')
    expect(mysqlLiteral('order-7_A')).toBe("'order-7_A'")
    expect(mysqlLiteral('')).toBe("''")
    expect(mysqlLiteral(Buffer.from(`'"\\ü`))).toBe("X'27225cc3bc'")
    expect(mysqlLiteral(Buffer.alloc(0))).toBe("X''")
  })

  it.each(["it's", '\\', '"', 'ü', '?', ' ', '\0'])('is no text such as %j', (text) => {
    expect(() => mysqlLiteral(text)).toThrow('given to MySQL as bytes')
  })

  it.each([0.1, Number.NaN, 2 ** 53])('is no number such as %d', (number) => {
    expect(() => mysqlLiteral(number)).toThrow('no integer that is exact')
  })

  it('has one place each', () => {
    const answers = 'count'
    expect(mysqlInlined({ sql: 'a = ? AND b = ?', values: ['x', 1], answers })).toBe("a = 'x' AND b = 1")
    expect(() => mysqlInlined({ sql: 'a = ?', values: [], answers })).toThrow('fewer values')
    expect(() => mysqlInlined({ sql: 'a = 1', values: [1], answers })).toThrow('more values')
  })
})
