import { JSON_DEPTH_MAX, type Json, RESULT_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { keptResult } from './result.ts'

const sent = (value: Json): [Json, number] => [value, Buffer.byteLength(JSON.stringify(value))]

function nested(levels: number): Json {
  let value: Json = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

describe('keptResult', () => {
  it('keeps any JSON, null and false included', () => {
    for (const value of [null, false, 0, '', [], {}, { a: [1, { b: null }] }]) {
      expect(keptResult(...sent(value))).toEqual({ result: value })
    }
  })

  it('keeps a result of exactly RESULT_MAX_BYTES, and omits one that is a byte longer, never cutting it', () => {
    const fits = 'x'.repeat(RESULT_MAX_BYTES - 2)
    expect(keptResult(...sent(fits))).toEqual({ result: fits })
    expect(keptResult(...sent(`${fits}x`))).toEqual({ resultOmitted: true })
  })

  it('counts bytes, not characters', () => {
    expect(keptResult(...sent('ä'.repeat(RESULT_MAX_BYTES / 2)))).toEqual({ resultOmitted: true })
  })

  it('measures what is kept rather than what was sent', () => {
    const spaced = `[1${' '.repeat(RESULT_MAX_BYTES)}]`
    expect(keptResult(JSON.parse(spaced), spaced.length)).toEqual({ result: [1] })
    const control = '\u0001'.repeat(Math.ceil(RESULT_MAX_BYTES / 6))
    expect(keptResult(control, control.length)).toEqual({ resultOmitted: true })
  })

  it('omits a result that nests deeper than JSON_DEPTH_MAX, however small', () => {
    expect(keptResult(...sent(nested(JSON_DEPTH_MAX)))).toEqual({ result: nested(JSON_DEPTH_MAX) })
    expect(keptResult(...sent(nested(JSON_DEPTH_MAX + 1)))).toEqual({ resultOmitted: true })
    const bottomless = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    expect(keptResult(JSON.parse(bottomless), bottomless.length)).toEqual({ resultOmitted: true })
  })
})
