import type { Mode } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { ATTENTION_MARK, labelMark, marksOf, modeMark } from './marks.ts'

const PLAIN = { labels: {}, attention: false, mode: 'saga' as Mode }

describe('the marks of a row', () => {
  it('are none for most rows', () => {
    expect(marksOf(PLAIN)).toEqual([])
  })

  it('are those by which it is listed', () => {
    const marks = marksOf({ labels: { region: 'eu', customer: '7' }, attention: true, mode: 'tcc' })
    expect(marks).toHaveLength(4)
    expect(marks).toEqual(
      expect.arrayContaining([
        ATTENTION_MARK,
        modeMark('tcc'),
        labelMark({ key: 'region', value: 'eu' }),
        labelMark({ key: 'customer', value: '7' }),
      ]),
    )
  })

  it('are the same for nothing but the same', () => {
    const texts = [
      '',
      ' ',
      'a',
      'b',
      'ab',
      'attention',
      'mode',
      '"',
      '\\',
      '\u0000',
      '\ud800',
      '\udc00',
      '\ufdd00000',
    ]
    const labels = texts.flatMap((key) => texts.map((value) => labelMark({ key, value })))
    const all = [ATTENTION_MARK, modeMark('tcc'), modeMark('xa'), ...labels].map((mark) =>
      mark.toString('hex'),
    )
    expect(new Set(all).size).toBe(all.length)
  })
})
