import { JSON_DEPTH_MAX } from '@assent/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertKeepable } from './keepable.ts'

const refused = (text: string): string => {
  try {
    assertKeepable(JSON.parse(text), ['payload'])
  } catch (error) {
    return (error as Error).message
  }
  return 'kept'
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('what can be kept exactly', () => {
  it('is any JSON of moderate depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        const hasRounded = /\d{16,}|\d[eE]\+?\d/.test(text)
        fc.pre(!hasRounded)
        expect(refused(text)).toBe('kept')
      }),
    )
    expect(refused('9007199254740991')).toBe('kept')
    expect(refused('-9007199254740991')).toBe('kept')
    expect(refused('0.1')).toBe('kept')
    expect(refused(nested(JSON_DEPTH_MAX))).toBe('kept')
  })

  it('is no whole number that would come out as another, and says where it stands', () => {
    expect(refused('{"a":[1,{"b":9007199254740993}]}')).toBe(
      'payload.a[1].b is a number that can not be kept exactly; send it as a string',
    )
    expect(refused('12345678901234567890')).toContain('send it as a string')
    expect(refused('1e400')).toContain('send it as a string')
    expect(refused('[-1e400]')).toContain('payload[0]')
  })

  it('is nothing that nests too deeply to be walked', () => {
    expect(refused(nested(JSON_DEPTH_MAX + 1))).toContain(`nests deeper than ${JSON_DEPTH_MAX} levels`)
    expect(refused(nested(400_000))).toContain('nests deeper')
    expect(refused(`${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`)).toContain('nests deeper')
  })
})
