import { describe, expect, it } from 'vitest'
import type { Report } from './finding.ts'
import { reportPage, summaryPage } from './markdown.ts'

const REPORT: Report = {
  question: 'price',
  asks: 'What does it cost?',
  settings: ['as it is installed'],
  figures: [
    { what: 'ratio', measured: '0.50', target: 'at least 0.6', met: false },
    { what: 'rate', measured: '1,000/s' },
  ],
  tables: [{ title: 'Rates', head: ['', 'per second'], rows: [['Assent', '1,000']] }],
  command: 'npm run bench -- price',
  at: '2026-01-02T03:04:05.678Z',
  machine: ['2 × processor'],
  othersCores: 1.25,
}

describe('the page of a report', () => {
  it('says what was asked, found, missed, with which command, when and on what', () => {
    const page = reportPage(REPORT)
    expect(page).toContain('| ratio | 0.50 | at least 0.6 | **missed** |')
    expect(page).toContain('| rate | 1,000/s |  |  |')
    expect(page).toContain(
      '`npm run bench -- price`, 2026-01-02, on 2 × processor. **The machine was busy:** other',
    )
    expect(page).toContain('## Rates\n\n|  | per second |\n| --- | --- |\n| Assent | 1,000 |')
  })
})

describe('the summary', () => {
  it('leads from each figure to its page', () => {
    expect(summaryPage([REPORT])).toContain(
      '| [price](price.md) | ratio | 0.50 | at least 0.6 | **missed** |',
    )
  })
})
