import type { Mode, Status } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { ATTENTION_MARK, endMarksOf, labelMark, marksOf, modeMark, UNUSUAL_END_MARK } from './marks.ts'

const PLAIN = { labels: {}, attention: false, mode: 'saga' as Mode, status: 'COMMITTED' as Status }

describe('the marks of a row', () => {
  it('are none for most rows', () => {
    expect(marksOf(PLAIN)).toEqual([])
  })

  it('are those by which it is listed', () => {
    const labels = { region: 'eu', customer: '7' }
    const row = { labels, attention: true, mode: 'tcc' as Mode, status: 'ABORTED' as Status }
    const marks = marksOf(row)
    expect(marks).toHaveLength(5)
    expect(endMarksOf(row)).toEqual([UNUSUAL_END_MARK])
    expect(marks).toEqual(
      expect.arrayContaining([
        UNUSUAL_END_MARK,
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
    const all = [ATTENTION_MARK, UNUSUAL_END_MARK, modeMark('tcc'), modeMark('xa'), ...labels].map((mark) =>
      mark.toString('hex'),
    )
    expect(new Set(all).size).toBe(all.length)
  })
})
